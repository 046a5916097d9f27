/** What happens to calls and jobs when a real server is full, ends, stops answering, or never answers. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { Redis } from 'ioredis';
import * as assert from 'uvu/assert';
import { type Coroutine, sleep, spawn, Timeout, until } from '../../../lib/index.ts';
import { StoreError, type TaskResult, Tasks } from '../../../lib/tasks/index.ts';
import { suite } from '../../support/harness.ts';
import { redis } from '../../third-party/redis.ts';

const JOBS = 600;

const test = suite('tasks/faults/server');
const server = redis({ persistent: true });

if (server === undefined) test.skip('faults of the server are skipped, because redis-server is not installed');
else {
  const connected = async (name: string): Promise<[string, Tasks]> => {
    const url = `redis://127.0.0.1:${await server.start()}`;
    return [url, new Tasks({ name, url })];
  };

  test('a server that is full refuses calls, and says so, until it has memory again', async () => {
    const [url, app] = await connected('full');
    const client = new Redis(url);
    const square = app.task('square', (n: number) => n * n);
    try {
      await spawn(function* () {
        const stored = yield* square.delay(3);
        yield* until(client.config('SET', 'maxmemory', '1'));
        const error = yield* thrownBy(square.delay(4));
        assert.instance(error, StoreError);
        assert.is((error as StoreError).code, 'full');
        assert.match((error as StoreError).message, /has no memory left \(maxmemory\), and stores nothing/);
        assert.is(((yield* thrownBy(app.group([square.s(5), square.s(6)]).delay())) as StoreError).code, 'full');
        // What only reads goes on.
        assert.is(yield* stored.status(), 'waiting');
        assert.equal(yield* stored.logs(), []);

        yield* until(client.config('SET', 'maxmemory', '0'));
        const worker = app.worker();
        const working = spawn(() => worker.run());
        assert.is(yield* stored, 9);
        assert.is(yield* square.call(7), 49);
        yield* worker.stop();
        yield* working;
      });
    } finally {
      client.disconnect();
      await app.close();
    }
  });

  test(`${JOBS} jobs survive a server that is killed in the middle and started again`, async () => {
    const [, app] = await connected('restarted');
    let runs = 0;
    const square = app.task(
      'square',
      function* (n: number) {
        runs += 1;
        yield* sleep(5);
        return n * n;
      },
      { attempts: 20 },
    );
    try {
      await spawn(function* () {
        const numbers = Array.from({ length: JOBS }, (_, n) => n);
        const results = yield* app.group(numbers.map((n) => square.s(n))).delay();
        const worker = app.worker({ concurrency: 10, lock: 1_000 });
        const working = spawn(() => worker.run());
        while (worker.completed < JOBS / 3) yield* sleep(1);
        const printed = yield* printedBy(function* () {
          yield* until(server.halt('SIGKILL'));
          assert.ok(worker.completed < JOBS);
          yield* until(server.start());
          assert.equal(
            yield* results.get(),
            numbers.map((n) => n * n),
          );
        });
        console.log(`${JOBS} jobs, the server killed and started again: 0 lost, ${runs - JOBS} runs more`);
        assert.not.match(printed, /Unhandled error event/);
        yield* worker.stop();
        yield* working;
      });
    } finally {
      await app.close();
    }
  });

  test('a server that is stopped by a signal keeps callers waiting as long as they asked', async () => {
    const [, app] = await connected('paused');
    const square = app.task('square', (n: number) => n * n);
    try {
      await spawn(function* () {
        const worker = app.worker();
        const working = spawn(() => worker.run());
        assert.is(yield* square.call(2), 4);
        server.signal('SIGSTOP');
        let waiting: TaskResult<number> | undefined;
        const patient = spawn(function* () {
          waiting = yield* square.delay(3);
        });
        const error = yield* thrownBy(square.applyAsync([4], { timeout: 100 }));
        assert.instance(error, StoreError);
        assert.is((error as StoreError).code, 'unreachable');
        assert.match((error as StoreError).message, /does not answer/);
        const late = yield* thrownBy(app.result('5').get({ timeout: 100 }));
        assert.instance(late, Timeout);
        assert.match((late as Timeout).message, /has not ended within 100 ms: the server .* does not answer/);
        assert.not(patient.ready());

        server.signal('SIGCONT');
        yield* patient;
        assert.is(yield* waiting as TaskResult<number>, 9);
        yield* worker.stop();
        yield* working;
      });
    } finally {
      server.signal('SIGCONT');
      await app.close();
    }
  });

  test('a connection that is accepted and never answered keeps callers waiting as long as they asked', async () => {
    const sockets: Socket[] = [];
    const silent = createServer((socket) => {
      sockets.push(socket);
      socket.on('error', () => {});
    }).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const app = new Tasks({ name: 'silent', url: `redis://127.0.0.1:${(silent.address() as AddressInfo).port}` });
    const square = app.task('square', (n: number) => n * n);
    await spawn(function* () {
      const error = yield* thrownBy(square.applyAsync([4], { timeout: 100 }));
      assert.instance(error, StoreError);
      assert.is((error as StoreError).code, 'unreachable');
      assert.instance(yield* thrownBy(app.result('5').get({ timeout: 100 })), Timeout);
    });
    await app.close();
    for (const socket of sockets) socket.destroy();
    silent.close();
  });

  test('a worker that ends while the server is away prints no unhandled error, and its app can be closed', async () => {
    const [, app] = await connected('left');
    const square = app.task('square', (n: number) => n * n);
    await spawn(function* () {
      const worker = app.worker();
      const working = spawn(() => worker.run());
      assert.is(yield* square.call(2), 4);
      const printed = yield* printedBy(function* () {
        yield* until(server.halt());
        yield* worker.stop();
        yield* working;
        yield* app.close();
      });
      assert.not.match(printed, /Unhandled error event/);
    });
  });

  test('the server is stopped', () => server.stop());
}

test.run();

function* thrownBy(operation: Iterable<unknown>): Coroutine<unknown> {
  try {
    yield* operation as Coroutine<unknown>;
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

/** What a body prints on standard error. */
function* printedBy(body: () => Coroutine<void>): Coroutine<string> {
  const printed: string[] = [];
  const { error } = console;
  console.error = (...texts: unknown[]) => void printed.push(texts.join(' '));
  try {
    yield* body();
  } finally {
    console.error = error;
  }
  return printed.join('\n');
}
