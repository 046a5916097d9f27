import * as assert from 'uvu/assert';
import { type Coroutine, sleep } from '../../lib/index.ts';
import { StoreError, type TaskResult, Tasks } from '../../lib/tasks/index.ts';
import { deadPort } from '../support/dead-port.ts';
import { failureOf } from '../support/failure.ts';
import { suite } from '../support/harness.ts';
import { redis } from '../third-party/redis.ts';
import { contract } from './contract.ts';
import { staged } from './stage.ts';

const test = suite('tasks/bullmq');
const server = redis();

if (server === undefined) test.skip('BullMQ is skipped, because redis-server is not installed');
else {
  const url = async (): Promise<string> => `redis://127.0.0.1:${await server.start()}`;
  const stagedTest = staged(test, url, (body) => body());
  contract(stagedTest);

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
