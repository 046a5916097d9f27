import { Redis } from 'ioredis';
import * as assert from 'uvu/assert';
import { type Coroutine, Event, sleep, spawn, until } from '../../lib/index.ts';
import { StoreError, type TaskResult, Tasks } from '../../lib/tasks/index.ts';
import { runProgram } from '../support/child.ts';
import { deadPort } from '../support/dead-port.ts';
import { failureOf } from '../support/failure.ts';
import { suite } from '../support/harness.ts';
import { redis } from '../third-party/redis.ts';
import { contract } from './contract.ts';
import { flowContract } from './contract-flows.ts';
import { resultContract } from './contract-results.ts';
import { staged, thrownBy } from './stage.ts';

const test = suite('tasks/bullmq');
const server = redis();

if (server === undefined) test.skip('BullMQ is skipped, because redis-server is not installed');
else {
  const url = async (): Promise<string> => `redis://127.0.0.1:${await server.start()}`;
  const stagedTest = staged(test, url, (body) => body());
  contract(stagedTest);
  resultContract(stagedTest);
  flowContract(stagedTest);

  test('a call that reaches no server fails within its time, and the app can be closed', async () => {
    const app = new Tasks({ name: 'away', url: `redis://:secret@127.0.0.1:${await deadPort()}` });
    const sum = app.task('sum', (a: number, b: number) => a + b);
    const error = (await failureOf(sum.applyAsync([1, 2], { timeout: 50 }))) as StoreError;

    assert.instance(error, StoreError);
    assert.is(error.code, 'unreachable');
    assert.match(error.message, /^the server 127\.0\.0\.1:\d+ cannot be reached: /);
    await app.close();
  });

  // An unhandled rejection would end the process, and so this file.
  test('an app that is closed while calls wait for a connection leaves no rejection behind', async () => {
    const url = `redis://127.0.0.1:${await deadPort()}`;
    for (let i = 0; i < 50; i += 1) {
      const app = new Tasks({ name: `away-${i}`, url });
      const task = app.task('task', () => 1);
      const calls = [task.applyAsync([], { timeout: i }), app.group([task.s(), task.s()]).applyAsync({ timeout: i })];
      for (const call of calls) assert.instance(await failureOf(call), StoreError);
      await app.close();
    }
  });

  stagedTest('a task that no worker knows stays, and the worker says so once', function* (stage) {
    const app = stage.app();
    const known = app.task('known', () => 1);
    const unknown = stage.another(app.name).task('unknown', () => 2);
    stage.work(app);
    const results: TaskResult<number>[] = [];
    const printed = yield* printedBy(function* () {
      for (const _ of [1, 2]) results.push(yield* unknown.delay());
      yield* known.call();
      while ((yield* app.stats()).delayed < 2) yield* sleep(1);
    });

    assert.is(printed.length, 1);
    assert.match(printed[0] ?? '', /^greenhub\/tasks: this worker has no task "unknown", so its jobs stay/);
    for (const result of results) yield* result.revoke();
  });

  test('a worker that waits for its server can be stopped', async () => {
    const app = new Tasks({ name: 'away', url: `redis://127.0.0.1:${await deadPort()}` });
    app.task('task', () => 1);
    await spawn(function* () {
      const worker = app.worker();
      const working = spawn(() => worker.run());
      while (!String(app).includes(' at ')) yield* sleep(1);
      yield* worker.stop();
      yield* working;
      yield* app.close();
    });
  });

  stagedTest('a wait that is left when its app is closed ends', function* (stage) {
    const app = stage.app();
    const result = yield* app.task('task', () => 1).delay();
    const error = spawn(() => thrownBy(() => result.get()));
    yield* result.status();
    yield* app.close();

    assert.instance(yield* error, StoreError);
    assert.is(((yield* error) as StoreError).code, 'closed');
  });

  stagedTest('a job with the id of one that was revoked runs, whichever worker takes it', function* (stage) {
    const app = stage.app();
    const ran = new Set<string>();
    const started = new Event();
    const task = app.task('task', function* (name: string) {
      if (ran.has(name)) return 'done';
      ran.add(name);
      started.set();
      yield* sleep(1_000_000);
      return 'never';
    });
    stage.work(app);
    stage.work(app);
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) {
      started.clear();
      const first = yield* task.applyAsync([name], { id: name });
      yield* started.wait();
      yield* first.revoke();
      const second = yield* task.applyAsync([name], { id: name });
      assert.is(yield* second, 'done');
    }
  });

  stagedTest(
    'a job that was given up, because its workers have died, runs again once it is retried',
    function* (stage) {
      const app = stage.app();
      let works = false;
      const task = app.task('task', () => {
        if (!works) throw new Error('not yet');
        return 'done';
      });
      stage.work(app);
      const result = yield* task.delay();
      yield* thrownBy(() => result.get());
      const client = new Redis(yield* until(url()));
      yield* until(client.hset(`bull:${app.name}.default:${result.id}`, 'stc', 1_000));
      client.disconnect();
      works = true;
      yield* app.retry(result.id);

      assert.is(yield* app.result(result.id), 'done');
    },
  );

  test('a script that works in run() ends after SIGTERM, once its tasks have', async () => {
    const { stdout, signal, code } = await runProgram(
      `const { Tasks } = await import('greenhub/tasks');
      const app = new Tasks({ name: 'script', url: '${await url()}' });
      const slow = app.task('slow', function* () {
        console.log('ready');
        yield* sleep(50);
        console.log('done');
      });
      run(function* main() {
        yield* slow.delay();
        yield* app.worker().run();
      });`,
      { signals: ['SIGTERM'] },
    );

    assert.equal([stdout, signal, code], ['ready\ndone\n', null, 143]);
  });

  test('the server is stopped', () => server.stop());
}

test.run();

/** What a body prints on standard error. */
function* printedBy(body: () => Coroutine<void>): Coroutine<string[]> {
  const printed: string[] = [];
  const { error } = console;
  console.error = (text: string) => void printed.push(text);
  try {
    yield* body();
  } finally {
    console.error = error;
  }
  return printed;
}
