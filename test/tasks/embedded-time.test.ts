/** Times of an embedded app, which follow the hub's clock; and what it loads. */

import { AsyncLocalStorage } from 'node:async_hooks';
import * as assert from 'uvu/assert';
import { type Coroutine, Event, getHub, sleep, spawn, withContext } from '../../lib/index.ts';
import { currentTask, type Tasks, UnknownJobError } from '../../lib/tasks/index.ts';
import { wallTime } from '../../lib/tasks/wall-clock.ts';
import { VirtualClock } from '../../lib/testing/index.ts';
import { runProgram } from '../support/child.ts';
import { suite } from '../support/harness.ts';
import { onVirtualTime } from '../support/virtual-clock.ts';
import { Stage, thrownBy } from './stage.ts';
import 'cron-parser';

const test = suite('tasks/embedded, times');

const HOUR = 3_600_000;

/** Runs a body with an app, on virtual time. */
function timed(name: string, body: (app: Tasks) => Coroutine<void>): void {
  test(name, () =>
    onVirtualTime(async () => {
      const stage = new Stage(undefined);
      await spawn(function* () {
        try {
          yield* body(stage.app());
        } finally {
          yield* stage.end();
        }
      });
    }),
  );
}

timed('the pauses between attempts grow, up to the longest', function* (app) {
  const times: number[] = [];
  const flaky = app.task(
    'flaky',
    () => {
      times.push(getHub().now());
      if (currentTask().attempt < 6) throw new Error('not yet');
    },
    { attempts: 6, backoff: { delay: 600_000, factor: 3, max: 7_200_000 } },
  );
  yield* flaky.call();

  assert.equal(
    times.slice(1).map((time, n) => (time - (times[n] as number)) / 60_000),
    [10, 30, 90, 120, 120],
  );
});

timed('a schedule of every hour makes 24 jobs in a day', function* (app) {
  const times: number[] = [];
  const tick = app.task('tick', () => void times.push(Math.round(getHub().now() / 3_600_000)));
  yield* app.schedule('hourly', { every: 3_600_000 }, tick.s());
  yield* yield* app.task('wait', () => {}).applyAsync([], { delay: 23.5 * 3_600_000 });
  yield* app.unschedule('hourly');

  assert.equal(
    times,
    Array.from({ length: 24 }, (_, hour) => hour),
  );
});

timed('a schedule whose time passes while it is made begins at the next one', function* (app) {
  const tick = app.task('tick', () => {});
  const minuteAfter = (minutes: number): string => `${new Date(wallTime() + minutes * 60_000).getMinutes()} * * * *`;
  for (let round = 0; round < 10; round += 1) {
    yield* app.schedule('later', { cron: minuteAfter(20) }, tick.s());
    // While it waits for the parser, nothing else may be left to do. Then virtual time goes on to the job of the first.
    yield* app.schedule('sooner', { cron: minuteAfter(10) }, tick.s());
    const now = wallTime();
    const sooner = (yield* app.schedules()).find(({ name }) => name === 'sooner');
    assert.ok(Number(sooner?.next) > now);
    yield* app.unschedule('later');
    yield* app.unschedule('sooner');
  }
});

timed('a rate limits how many start in an interval', function* (app) {
  const starts: number[] = [];
  const load = app.task('load', () => void starts.push(getHub().now()), { rate: { limit: 50, interval: 500 } });
  yield* app.group(Array.from({ length: 200 }, () => load.s())).call();

  assert.equal(
    starts,
    [0, 500, 1_000, 1_500].flatMap((time) => new Array(50).fill(time)),
  );
});

timed('a task that waits for its rate does not start while the app is paused', function* (app) {
  let starts = 0;
  const load = app.task(
    'load',
    () => {
      starts += 1;
    },
    { rate: { limit: 1, interval: 1_000 } },
  );
  const results = yield* app.group([load.s(), load.s(), load.s()]).delay();
  yield* sleep(500);
  yield* app.pause();
  yield* sleep(5_000);
  assert.is(starts, 1);
  yield* app.resume();
  yield* results;
});

timed('a job that was taken in time does not expire between its attempts', function* (app) {
  const flaky = app.task(
    'flaky',
    () => {
      if (currentTask().attempt < 3) throw new Error('not yet');
      return 'done';
    },
    { attempts: 3, backoff: 1_000 },
  );

  assert.is(yield* yield* flaky.applyAsync([], { expires: 500 }), 'done');
  const late = yield* thrownBy(function* () {
    yield* yield* flaky.applyAsync([], { expires: 500, delay: 501 });
  });
  assert.match(String(late), /^Timeout: the job .* of flaky has expired/);
});

timed('results are kept for their time, beside failures and jobs that wait longer', function* (app) {
  const wait = yield* app.task('wait', () => 'waited').applyAsync([], { delay: 10 * HOUR });
  const failed = yield* app.task('fail', () => Promise.reject(new Error('no'))).delay();
  yield* thrownBy(() => failed.get());
  const done = yield* app.task('work', () => 'done').delay();
  yield* done;
  yield* sleep(HOUR - 1);
  assert.is(yield* app.result(done.id), 'done');
  yield* sleep(1);
  assert.instance(yield* thrownBy(() => app.result(done.id).get()), UnknownJobError);
  assert.is((yield* app.stats()).completed, 0);
  assert.is(yield* failed.status(), 'failed');
  assert.is(yield* wait, 'waited');
});

timed('retries of a scheduled job make no other jobs', function* (app) {
  const flaky = app.task(
    'flaky',
    () => {
      if (currentTask().attempt < 3) throw new Error('not yet');
    },
    { attempts: 3, backoff: 1_000 },
  );
  yield* app.schedule('hourly', { every: HOUR }, flaky.s());
  yield* sleep(60_000);
  const [schedule] = yield* app.schedules();
  assert.is((yield* app.stats()).delayed, 1);
  assert.is(Number(schedule?.next) - wallTime(), HOUR - 60_000);
  yield* app.unschedule('hourly');
  assert.is((yield* app.stats()).delayed, 0);
});

timed('a schedule that is replaced when its job has just run goes on', function* (app) {
  const ticks: number[] = [];
  const tick = app.task('tick', (n: number) => void ticks.push(n));
  yield* app.schedule('often', { every: 1_000 }, tick.s(1));
  while (ticks.length === 0) yield* sleep(0);
  const args = { n: 2 };
  yield* app.schedule(
    'often',
    { every: 1_000 },
    app.task('tock', (given: { n: number }) => void ticks.push(given.n)).s(args),
  );
  args.n = 3;
  yield* sleep(2_500);
  yield* app.unschedule('often');

  assert.equal(ticks, [1, 2, 2]);
});

timed('a schedule that is made again keeps its times', function* (app) {
  const times: number[] = [];
  const tick = app.task('tick', () => void times.push(getHub().now()));
  for (let starts = 0; starts < 3; starts += 1) {
    yield* app.schedule('often', { every: 1_000 }, tick.s());
    yield* sleep(400);
  }
  yield* app.unschedule('often');

  assert.equal(times, [0, 1_000]);
});

timed('a worker runs a job that a task waits for which the app has begun itself', function* (app) {
  const started = new Event();
  const go = new Event();
  const inner = app.task('inner', () => 'done');
  const outer = app.task('outer', function* () {
    started.set();
    yield* go.wait();
    return yield* inner.call();
  });
  const result = yield* outer.delay();
  yield* started.wait();
  const worker = app.worker();
  const working = spawn(() => worker.run());
  yield* sleep(1);
  go.set();

  assert.is(yield* result, 'done');
  worker.stop();
  yield* working;
});

timed('a worker that was never run has stopped at once', function* (app) {
  const worker = app.worker();
  yield* worker.stop();
  yield* worker.run();
});

timed('without a worker, tasks run in the context in which the app was made', function* (app) {
  const storage = new AsyncLocalStorage<string>();
  const ask = app.task('ask', () => storage.getStore() ?? 'none', { attempts: 2 });

  assert.is(yield* withContext(storage, 'the caller', () => ask.call()), 'none');
});

test('a clock that was started at a date is the time of schedules, also when the clocks are put forward', async () => {
  using _ = VirtualClock.install({ start: Date.UTC(2026, 2, 27, 12), patience: 0 });
  const stage = new Stage(undefined);
  const app = stage.app();
  const times: string[] = [];
  const tick = app.task('tick', () => void times.push(new Date(getHub().now()).toISOString()));
  await spawn(function* () {
    yield* app.schedule('daily', { cron: '0 8 * * *', tz: 'Europe/Berlin' }, tick.s());
    yield* sleep(48 * HOUR);
    yield* stage.end();
  });

  assert.equal(times, ['2026-03-28T07:00:00.000Z', '2026-03-29T06:00:00.000Z']);
});

test('an embedded app loads nothing of BullMQ', async () => {
  const { stdout, stderr } = await runProgram(`
    const { Tasks } = await import('greenhub/tasks');
    const app = new Tasks({ name: 'shop' });
    const sum = app.task('sum', (a, b) => a + b);
    console.log(await sum.call(1, 2));
    const { createRequire } = await import('node:module');
    const loaded = Object.keys(createRequire(import.meta.url).cache);
    console.log(loaded.filter((path) => /node_modules.(bullmq|ioredis|cron-parser)/.test(path)).length);
  `);

  assert.is(stderr, '');
  assert.is(stdout, '3\n0\n');
});

test.run();
