/** Tasks in the worker processes of a real server: revocations, locks that end, schedules, retries, rates. */
import { Redis } from 'ioredis';
import * as assert from 'uvu/assert';
import { all, type Coroutine, sleep, spawn, until } from '../../../lib/index.ts';
import { type Task, Tasks } from '../../../lib/tasks/index.ts';
import { suite } from '../../support/harness.ts';
import { redis } from '../../third-party/redis.ts';
import { RATE, RETRIES } from '../programs/options.js';
import { WorkerProcess } from './worker-process.ts';

const REVOCATIONS = 50;
const LOCK = 1_000;
/** A lock that does not end, however slow the machine is. */
const NEVER = 3_600_000;

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

  test('a schedule, retries and a rate hold over three workers', () =>
    staged(3, NEVER, function* (stage) {
      while ((yield* serving(stage)) < 3) yield* sleep(5);
      // It is connected then. The less time passes before the first job starts, the more the limit shows.
      yield* stage.app.stats();
      yield* rateOverAll(stage);
      yield* all([() => eachTimeOnce(stage), () => retriesAfterTheirPauses(stage)]);
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

/** How many workers serve the lane that has a rate. BullMQ names their connections after the queue. */
function* serving({ client }: Stage): Coroutine<number> {
  const queue = Buffer.from('faults.default.limited').toString('base64');
  const list = (yield* until(client.client('LIST'))) as string;
  return list.split(`name=bull:${queue} `).length - 1;
}

/** Each time of a schedule makes one job, whose id contains the time. */
function* eachTimeOnce({ app, client }: Stage): Coroutine<void> {
  yield* app.schedule('often', { every: 50 }, app.task('tick', () => {}).s());
  while ((yield* until(client.llen('faults:ticks'))) < 20) yield* sleep(5);
  yield* app.unschedule('often');
  while ((yield* app.stats()).active > 0) yield* sleep(5);
  const ticks = yield* until(client.lrange('faults:ticks', 0, -1));

  assert.is(new Set(ticks).size, ticks.length);
}

/** Each job runs as often as it may, and not before its pause is over. */
function* retriesAfterTheirPauses({ app, client }: Stage): Coroutine<void> {
  const { attempts, backoff } = RETRIES;
  const flaky = app.task('flaky', (): number => 0, RETRIES);
  const results = yield* all(Array.from({ length: 20 }, () => flaky.delay()));
  for (const result of results) {
    assert.is(yield* result, attempts);
    const runs = (yield* recorded(client, `faults:attempts:${result.id}`)) as { attempt: number; at: number }[];
    assert.equal(
      runs.map(({ attempt }) => attempt),
      [1, 2, 3, 4],
    );
    for (const [n, { at }] of runs.slice(1).entries()) {
      // Both clocks leave out what is less than a millisecond.
      assert.ok(at - (runs[n] as { at: number }).at >= backoff.delay * backoff.factor ** n - 1, JSON.stringify(runs));
    }
  }
}

/** At any time, no more have started than in all intervals since the first could start. Each job runs once. */
function* rateOverAll({ app, client }: Stage): Coroutine<void> {
  const { limit, interval } = RATE;
  const limited = app.task('limited', () => {}, { rate: RATE });
  const [seconds, microseconds] = yield* until(client.time());
  const start = Number(seconds) * 1_000 + Math.floor(Number(microseconds) / 1_000);
  yield* app.group(Array.from({ length: 5 * limit }, () => limited.s())).call();
  const runs = (yield* recorded(client, 'faults:limited')) as { id: string; at: number }[];

  assert.is(runs.length, 5 * limit);
  assert.is(new Set(runs.map(({ id }) => id)).size, runs.length);
  const times = runs.map(({ at }) => at).sort((a, b) => a - b);
  for (const [n, at] of times.entries()) {
    assert.ok(at - start >= Math.floor(n / limit) * interval, `${n + 1} runs within ${at - start} ms`);
  }
}

function* recorded(client: Redis, key: string): Coroutine<unknown[]> {
  return (yield* until(client.lrange(key, 0, -1))).map((text) => JSON.parse(text));
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
