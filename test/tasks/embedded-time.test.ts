/** Times of an embedded app, which follow the hub's clock; and what it loads. */
import * as assert from 'uvu/assert';
import { type Coroutine, getHub, spawn } from '../../lib/index.ts';
import { currentTask, type Tasks } from '../../lib/tasks/index.ts';
import { wallTime } from '../../lib/tasks/wall-clock.ts';
import { runProgram } from '../support/child.ts';
import { suite } from '../support/harness.ts';
import { onVirtualTime } from '../support/virtual-clock.ts';
import { Stage } from './stage.ts';
import 'cron-parser';

const test = suite('tasks/embedded, times');

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

  assert.is(starts.length, 200);
  assert.is(starts.filter((time) => time === 0).length, 50);
  assert.is(starts.at(-1), 1_500);
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
