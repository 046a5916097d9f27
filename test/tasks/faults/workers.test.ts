/** What reaches tasks in the worker processes of a real server: revocations, locks that end, schedules. */
import { Redis } from 'ioredis';
import * as assert from 'uvu/assert';
import { type Coroutine, sleep, spawn, until } from '../../../lib/index.ts';
import { type Task, Tasks } from '../../../lib/tasks/index.ts';
import { suite } from '../../support/harness.ts';
import { redis } from '../../third-party/redis.ts';
import { WorkerProcess } from './worker-process.ts';

const REVOCATIONS = 50;
const LOCK = 1_000;

const test = suite('tasks/faults/workers');
const server = redis();

if (server === undefined) test.skip('faults of workers are skipped, because redis-server is not installed');
else {
  for (const [name, where] of [
    ['sleeper', 'that sleeps'],
    ['shielded', 'that is in a shield of 50 ms'],
  ] as const) {
    test(`${REVOCATIONS} revocations reach the finally of a task ${where}, in another process`, () =>
      staged(1, 30_000, function* ({ app, events }) {
        const task = app.task(name, () => {});
        const times: number[] = [];
        for (let n = 0; n < REVOCATIONS; n += 1) {
          const result = yield* task.delay();
          yield* events.next('began');
          const before = Date.now();
          yield* result.revoke();
          times.push((yield* events.next('ended')) - before);
          assert.is(yield* result.status(), 'revoked');
        }
        const median = times.sort((a, b) => a - b)[REVOCATIONS / 2];
        console.log(
          `${REVOCATIONS} revocations of a task ${where}: ${median} ms to its finally in another process (median)`,
        );
      }));
  }

  test('a caller that is killed in call() leaves no running task in another process', () =>
    staged(1, 30_000, function* ({ app, events }) {
      const sleeper = app.task('sleeper', () => {});
      const caller = spawn(() => sleeper.call());
      yield* events.next('began');
      yield* caller.kill();
      yield* events.next('ended');
      while ((yield* app.stats()).active > 0) yield* sleep(5);
    }));

  test('a task that blocks for longer than its lock lives is reported by name, and its job is not lost', () =>
    staged(2, LOCK, function* ({ app, workers }) {
      const spin: Task<[ms: number], number> = app.task('spin', (_ms: number) => 0, { attempts: 20 });
      const result = yield* spin.delay(2 * LOCK);

      assert.ok((yield* result) >= 1);
      const report = /greenhub\/tasks: the task spin \(job ([-\w]+)\) has blocked the event loop for \d+ ms/;
      while (!workers.some(({ printed }) => report.test(printed))) yield* sleep(5);
      const [, id] = report.exec(workers.map(({ printed }) => printed).join('')) ?? [];
      assert.is(id, result.id);
    }));

  test('each time of a schedule runs once, with three workers', () =>
    staged(3, 30_000, function* ({ app, client }) {
      yield* app.schedule('often', { every: 50 }, app.task('tick', () => {}).s());
      while ((yield* until(client.llen('faults:ticks'))) < 20) yield* sleep(5);
      yield* app.unschedule('often');
      while ((yield* app.stats()).active > 0) yield* sleep(5);
      const ticks = yield* until(client.lrange('faults:ticks', 0, -1));

      assert.is(new Set(ticks).size, ticks.length);
    }));

  test('the server is stopped', () => server.stop());
}

test.run();

interface Stage {
  readonly app: Tasks;
  readonly client: Redis;
  readonly events: Events;
  readonly workers: readonly WorkerProcess[];
}

/** Runs a body with worker processes and an empty server. */
async function staged(workers: number, lock: number, body: (stage: Stage) => Coroutine<void>): Promise<void> {
  const url = `redis://127.0.0.1:${await server?.start()}`;
  const client = new Redis(url);
  await client.flushall();
  const started = Array.from({ length: workers }, () => new WorkerProcess('faults.js', url, { lock }));
  const app = new Tasks({ name: 'faults', url });
  try {
    await spawn(() => body({ app, client, events: new Events(client), workers: started }));
  } finally {
    await app.close();
    await Promise.all(started.map((each) => each.kill()));
    client.disconnect();
  }
}

/** What the tasks tell. */
class Events {
  private readonly client: Redis;

  constructor(client: Redis) {
    this.client = client;
  }

  /** Waits for the next event, which must be this one, and gives its time. */
  *next(name: string): Coroutine<number> {
    for (;;) {
      const event = yield* until(this.client.lpop('faults:events'));
      if (event === null) {
        yield* sleep(2);
        continue;
      }
      assert.match(event, new RegExp(`^${name} `));
      return Number(event.split(' ')[1]);
    }
  }
}
