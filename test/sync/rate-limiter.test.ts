import * as assert from 'uvu/assert';
import type { WaitQueue } from '../../lib/hub/loop/wait-queue.ts';
import type { Suspension } from '../../lib/hub/parking/suspension.ts';
import { leaveLine } from '../../lib/hub/parking/taking.ts';
import {
  type Coroutine,
  GreenletExit,
  getHub,
  joinall,
  RateLimiter,
  type RateLimiterOptions,
  sleep,
  spawn,
  wait,
} from '../../lib/index.ts';
import { VirtualClock } from '../../lib/testing/index.ts';
import { thrownBy } from '../support/failure.ts';
import { suite } from '../support/harness.ts';
import { assertNoTrace, waitersOf } from '../support/leaks.ts';
import { onVirtualTime } from '../support/virtual-clock.ts';

const test = suite('sync/rate-limiter');

/** The times at which a greenlet that takes again and again gets its turn. */
function* timesOf(limiter: RateLimiter, count: number): Coroutine<number[]> {
  const times: number[] = [];
  while (times.length < count) {
    assert.is(yield* limiter.take(), true);
    times.push(getHub().now());
  }
  return times;
}

/** How many tokens can be taken now without waiting. */
function* burstOf(limiter: RateLimiter): Coroutine<number> {
  let count = 0;
  while (count < 1_000 && (yield* limiter.take({ timeout: 0 }))) count += 1;
  return count;
}

for (const { options, times } of [
  { options: { limit: 2 }, times: [0, 0, 500, 1_000, 1_500] },
  { options: { limit: 2, burst: 1 }, times: [0, 500, 1_000, 1_500] },
  { options: { limit: 1, interval: 10 }, times: [0, 10, 20, 30] },
  { options: { limit: 10, interval: 100, burst: 3 }, times: [0, 0, 0, 10, 20, 30] },
  { options: { limit: 3, interval: 1_000, burst: 1 }, times: [0, 334, 667, 1_000, 1_334, 1_667, 2_000] },
  { options: { limit: 3, interval: 1_000 }, times: [0, 0, 0, 334, 667, 1_000, 1_334] },
  { options: { limit: 0.5, interval: 1_000 }, times: [0, 2_000, 4_000] },
  { options: { limit: 2.5, interval: 1_000 }, times: [0, 0, 400, 800, 1_200] },
] satisfies { options: RateLimiterOptions; times: number[] }[]) {
  test(`${JSON.stringify(options)} gives turns at ${times.join(', ')} ms`, () =>
    onVirtualTime(async () => {
      const limiter = new RateLimiter(options);

      assert.equal(await spawn(timesOf, limiter, times.length), times);

      assertNoTrace(limiter);
    }));
}

test('a fractional spacing never drifts', () =>
  onVirtualTime(async () => {
    const limiter = new RateLimiter({ limit: 3, interval: 1_000, burst: 1 });

    const times = await spawn(timesOf, limiter, 3_001);

    assert.is(times.at(-1), 1_000_000);
    for (const [index, time] of times.entries()) assert.is(time, Math.ceil((index * 1_000) / 3 - 1e-6));
  }));

test('no interval exceeds the limit and the burst', () =>
  onVirtualTime(async () => {
    const limiter = new RateLimiter({ limit: 5, interval: 100, burst: 2 });
    const times: number[] = [];
    await joinall(
      Array.from({ length: 50 }, (_, id) =>
        spawn(function* () {
          yield* sleep((id * 37) % 400);
          yield* limiter.take();
          times.push(getHub().now());
        }),
      ),
    );

    const most = Math.max(...times.map((start) => times.filter((at) => at >= start && at < start + 100).length));

    assert.ok(most <= 7, `${most} in one interval`);
    assert.is(times.length, 50);
  }));

test('after a pause it gives its burst at once, and no more, however long the pause was', () =>
  onVirtualTime(async () => {
    const limiter = new RateLimiter({ limit: 4, interval: 100, burst: 3 });
    assert.is(await spawn(burstOf, limiter), 3);

    await sleep(1_000_000);

    assert.is(await spawn(burstOf, limiter), 3);
  }));

test('tokens come back one by one, evenly', () =>
  onVirtualTime(async () => {
    const limiter = new RateLimiter({ limit: 4, interval: 100, burst: 3 });
    await spawn(burstOf, limiter);

    const gained: number[] = [];
    for (const ms of [24, 1, 25, 50, 100]) {
      await sleep(ms);
      gained.push(await spawn(burstOf, limiter));
    }

    assert.equal(gained, [0, 1, 1, 2, 3]);
  }));

test('its burst is its limit unless given, in whole numbers, and 1 at the least', () => {
  assert.is(new RateLimiter({ limit: 7 }).burst, 7);
  assert.is(new RateLimiter({ limit: 2.5 }).burst, 2);
  assert.is(new RateLimiter({ limit: 0.1 }).burst, 1);
  assert.is(new RateLimiter({ limit: 1 }).interval, 1_000);
});

test('an infinite burst never waits', () =>
  onVirtualTime(async () => {
    const limiter = new RateLimiter({ limit: 1, burst: Infinity });

    assert.is(await spawn(burstOf, limiter), 1_000);

    assertNoTrace(limiter);
  }));

test('an infinite limit never waits', () =>
  onVirtualTime(async () => {
    const limiter = new RateLimiter({ limit: Infinity });

    assert.is(await spawn(burstOf, limiter), 1_000);

    assertNoTrace(limiter);
  }));

test('waiters are served in the order in which they came', () =>
  onVirtualTime(async () => {
    const limiter = new RateLimiter({ limit: 1, interval: 10 });
    const order: string[] = [];
    await joinall(
      ['a', 'b', 'c'].map((id) =>
        spawn(function* () {
          yield* limiter.take();
          order.push(`${id} at ${getHub().now()}`);
        }),
      ),
    );

    assert.equal(order, ['a at 0', 'b at 10', 'c at 20']);
  }));

test('a greenlet that comes together with a token cannot take it before the waiters', () =>
  onVirtualTime(async () => {
    const limiter = new RateLimiter({ limit: 1, interval: 10 });
    await limiter.take();
    const polled: boolean[] = [];
    spawn(function* () {
      yield* sleep(10);
      polled.push(yield* limiter.take({ timeout: 0 }));
    });
    const waiter = spawn(() => limiter.take());

    await waiter;
    await sleep(0);

    assert.is(getHub().now(), 10);
    assert.equal(polled, [false]);
  }));

test('a cancelled waiter takes nothing: the next one has his turn', () =>
  onVirtualTime(async () => {
    const limiter = new RateLimiter({ limit: 1, interval: 10 });
    await limiter.take();
    const killed = spawn(() => limiter.take());
    const next = spawn(function* () {
      yield* limiter.take();
      return getHub().now();
    });
    await sleep(5);

    await killed.kill();

    assert.is(await next, 10);
    assert.ok(killed.exception instanceof GreenletExit);
    assertNoTrace(limiter);
  }));

test('the last waiter that is cancelled stops the timer, and the token is there in time', () =>
  onVirtualTime(async () => {
    const limiter = new RateLimiter({ limit: 1, interval: 10 });
    await limiter.take();
    const killed = spawn(() => limiter.take());
    await sleep(5);

    await killed.kill();
    assertNoTrace(limiter);
    await sleep(5);

    assert.is(await limiter.take({ timeout: 0 }), true);
  }));

test('a waiter that was served before the kill has its turn', () =>
  onVirtualTime(async () => {
    const limiter = new RateLimiter({ limit: 1, interval: 10 });
    await limiter.take();
    // Its timer was started first, so it fires first, and the greenlet that it wakes runs first.
    const killer = spawn(function* () {
      yield* sleep(10);
      waiter.kill();
    });
    const waiter = spawn(function* () {
      const taken = yield* limiter.take();
      return taken;
    });

    await killer;

    assert.is(await waiter, true);
    assert.is(await limiter.take({ timeout: 0 }), false);
  }));

test('a take that is late gives false, and has taken nothing', () =>
  onVirtualTime(async () => {
    const limiter = new RateLimiter({ limit: 1, interval: 10 });
    await limiter.take();

    assert.is(await limiter.take({ timeout: 9 }), false);
    assert.is(getHub().now(), 9);
    assertNoTrace(limiter);

    await sleep(1);
    assert.is(await limiter.take({ timeout: 0 }), true);
  }));

test('take({ timeout: 0 }) takes an available token and never waits', () =>
  onVirtualTime(async () => {
    const limiter = new RateLimiter({ limit: 2, interval: 10 });

    const taken = [1, 2, 3].map(() => limiter.take({ timeout: 0 }));

    assert.equal([await taken[0], await taken[1], await taken[2]], [true, true, false]);
    assert.is(getHub().now(), 0);
  }));

test('ready() returns whether take() would have to wait, and takes nothing', () =>
  onVirtualTime(async () => {
    const limiter = new RateLimiter({ limit: 1, interval: 10 });
    assert.equal([limiter.ready(), limiter.ready()], [true, true]);
    await limiter.take();

    assert.is(limiter.ready(), false);
    await sleep(10);
    assert.is(limiter.ready(), true);
  }));

test("the hub's wait() reports that there is a token, and takes nothing", () =>
  onVirtualTime(async () => {
    const limiter = new RateLimiter({ limit: 1, interval: 10 });
    assert.equal(await wait([limiter]), [limiter]);
    await limiter.take();

    assert.equal(await wait([limiter]), [limiter]);

    assert.is(getHub().now(), 10);
    assert.is(await limiter.take({ timeout: 0 }), true);
    assertNoTrace(limiter);
  }));

test("the hub's wait() does not see a token that goes to a waiter", () =>
  onVirtualTime(async () => {
    const limiter = new RateLimiter({ limit: 1, interval: 10 });
    await limiter.take();
    const watching = spawn(function* () {
      yield* wait([limiter]);
      return getHub().now();
    });
    const waiter = spawn(() => limiter.take());

    await waiter;

    assert.is(await watching, 20);
  }));

test('a killed watcher leaves no trace', () =>
  onVirtualTime(async () => {
    const limiter = new RateLimiter({ limit: 1, interval: 10 });
    await limiter.take();
    const watching = spawn(() => wait([limiter]));
    await sleep(0);

    await watching.kill();

    const left = { waiters: waitersOf(limiter), timers: getHub().timers.size };
    // Whatever is left will be due at some time.
    await sleep(20);
    assert.equal(left, { waiters: 0, timers: 0 });
  }));

test('a waiter that was set aside while a token came and went is served with the next one', () =>
  onVirtualTime(async () => {
    const limiter = new RateLimiter({ limit: 1, interval: 10 });
    await limiter.take();
    const waiter = spawn(() => limiter.take({ timeout: 100 }));
    await sleep(0);
    const waiting = waiter.waiting as unknown as Suspension<boolean>;
    const aside = leaveLine(waiting, waiting.queue as WaitQueue);
    await sleep(10);
    assert.is(await limiter.take({ timeout: 0 }), true);

    assert.is(aside.tryAgain(), false);
    aside.standAgain();

    assert.is(await waiter, true);
    assert.is(getHub().now(), 20);
  }));

test('no timer runs without a waiter', () =>
  onVirtualTime(async () => {
    const limiter = new RateLimiter({ limit: 1, interval: 10 });

    await limiter.take();

    assertNoTrace(limiter);
  }));

test('a waiter is described by the name of the limiter', () =>
  onVirtualTime(async () => {
    const limiter = new RateLimiter({ limit: 1 });
    limiter.name = 'the faucet';
    await limiter.take();
    const waiter = spawn(() => limiter.take());
    await sleep(0);

    assert.is(waiter.waiting?.describe(), 'its turn at the faucet');

    await waiter.kill();
  }));

for (const { options, error } of [
  { options: { limit: 0 }, error: RangeError },
  { options: { limit: -1 }, error: RangeError },
  { options: { limit: Number.NaN }, error: RangeError },
  { options: { limit: '3' }, error: TypeError },
  { options: {}, error: TypeError },
  { options: undefined, error: TypeError },
  { options: { limit: 1, interval: 0 }, error: RangeError },
  { options: { limit: 1, interval: -1 }, error: RangeError },
  { options: { limit: 1, interval: Infinity }, error: RangeError },
  { options: { limit: 1, interval: Number.NaN }, error: RangeError },
  { options: { limit: 1, interval: '1s' }, error: TypeError },
  { options: { limit: 1, burst: 0 }, error: RangeError },
  { options: { limit: 1, burst: 1.5 }, error: RangeError },
  { options: { limit: 1, burst: Number.NaN }, error: RangeError },
  { options: { limit: 1, burst: '2' }, error: TypeError },
]) {
  test(`it refuses ${shown(options)} with a ${error.name}`, () => {
    const thrown = thrownBy(() => new RateLimiter(options as never));

    assert.instance(thrown, error);
    assert.match((thrown as Error).message, /RateLimiter/);
  });
}

function shown(options: object | undefined): string {
  return options === undefined
    ? 'no options'
    : `{ ${Object.entries(options).map(([key, value]) => `${key}: ${typeof value === 'string' ? `'${value}'` : value}`)} }`;
}

test('a limiter that was used on another clock waits no longer than an empty one', async () => {
  const limiter = new RateLimiter({ limit: 1, interval: 1_000 });
  const late = VirtualClock.install({ start: 1_000_000 });
  await limiter.take();
  late.uninstall();
  using clock = VirtualClock.install();

  await limiter.take();

  assert.ok(clock.now() <= 1_000, `${clock.now()} ms`);
});

test.run();
