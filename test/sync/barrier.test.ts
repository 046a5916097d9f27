import * as assert from 'uvu/assert';
import {
  Barrier,
  BrokenBarrierError,
  GreenletExit,
  getHub,
  sleep,
  spawn,
  Timeout,
  withTimeout,
} from '../../lib/index.ts';
import { failureOf, thrownBy } from '../support/failure.ts';
import { suite } from '../support/harness.ts';
import { assertNoTrace } from '../support/leaks.ts';
import { outcomeOf } from '../support/outcome.ts';
import { onVirtualTime } from '../support/virtual-clock.ts';

const test = suite('sync/barrier');

function waitersAt(barrier: Barrier, count: number) {
  return Array.from({ length: count }, () => spawn(() => outcomeOf(barrier.wait())));
}

test('a new barrier is not broken and has no waiters', () => {
  const barrier = new Barrier(3);

  assert.equal([barrier.parties, barrier.waiting, barrier.broken], [3, 0, false]);
  assert.match(barrier.name, /^Barrier#\d+$/);
});

test('no waiter continues before the last one arrives, and then all do', async () => {
  const barrier = new Barrier(3);
  const waiters = waitersAt(barrier, 2);
  await sleep(0);
  assert.is(barrier.waiting, 2);
  assert.ok(waiters.every((waiter) => !waiter.ready()));

  const last = await barrier.wait();

  assert.is(last, 2);
  assert.equal(await Promise.all(waiters), [{ value: 0 }, { value: 1 }]);
  assert.is(barrier.waiting, 0);
  assertNoTrace(barrier);
});

test('each waiter gets the number of its coming', async () => {
  const barrier = new Barrier(5);

  const numbers = await Promise.all(waitersAt(barrier, 5));

  assert.equal(
    numbers.map(({ value }) => value),
    [0, 1, 2, 3, 4],
  );
});

test('the last one to come need not wait', async () => {
  const barrier = new Barrier(2);
  const [waiter] = waitersAt(barrier, 1);
  await sleep(0);
  let othersRan = false;

  const seen = await spawn(function* () {
    spawn(() => {
      othersRan = true;
    });
    return { number: yield* barrier.wait({ timeout: 0 }), othersRan };
  });

  assert.equal(seen, { number: 1, othersRan: false });
  await waiter;
});

test('a barrier for one never waits', async () => {
  const barrier = new Barrier(1);

  assert.equal([await barrier.wait(), await barrier.wait({ timeout: 0 })], [0, 0]);
});

test('it can be used again at once, and the rounds do not mix', async () => {
  const barrier = new Barrier(3);
  const rounds: number[] = [];
  const runners = [1, 2, 3].map(() =>
    spawn(function* () {
      for (let round = 0; round < 10; round += 1) {
        rounds.push(round);
        yield* barrier.wait();
      }
    }),
  );

  await Promise.all(runners);

  assert.equal(
    rounds,
    [...rounds].sort((a, b) => a - b),
  );
  assert.is(rounds.length, 30);
  assertNoTrace(barrier);
});

test('a waiter that arrives before those of the last round have run belongs to the next round', async () => {
  const barrier = new Barrier(2);
  const [first] = waitersAt(barrier, 1);
  await sleep(0);

  const next = await spawn(function* () {
    yield* barrier.wait();
    return yield* outcomeOf(barrier.wait({ timeout: 0 }));
  });

  assert.instance(next.error, BrokenBarrierError);
  assert.equal(await first, { value: 0 });
});

test('a killed waiter breaks it: all others get a BrokenBarrierError that names it', async () => {
  const barrier = new Barrier(4);
  const killed = spawn(() => barrier.wait());
  killed.name = 'deserter';
  const others = waitersAt(barrier, 2);
  await sleep(0);

  await killed.kill();

  assert.ok(killed.exception instanceof GreenletExit);
  assert.is(barrier.broken, true);
  assert.is(barrier.waiting, 0);
  for (const other of others) {
    const { error } = await other;
    assert.ok(error instanceof BrokenBarrierError);
    assert.match(error.message, barrier.name);
    assert.match(error.message, /deserter/);
  }
  assertNoTrace(barrier);
});

test('a wait at a broken barrier throws a BrokenBarrierError at once, which says to call reset()', async () => {
  const barrier = new Barrier(2);
  barrier.abort();

  for (const op of [barrier.wait(), barrier.wait({ timeout: 0 }), barrier.wait({ timeout: 10 })]) {
    const error = await failureOf(op);
    assert.ok(error instanceof BrokenBarrierError);
    assert.match(error.message, /reset\(\)/);
  }

  assert.is(barrier.waiting, 0);
});

test('a greenlet that was killed before it came to wait does not break it', async () => {
  const barrier = new Barrier(2);
  const doomed = spawn(function* () {
    try {
      yield* sleep(Infinity);
    } finally {
      yield* barrier.wait();
    }
  });
  await sleep(0);

  await doomed.kill();

  assert.is(barrier.broken, false);
  assert.is(barrier.waiting, 0);
});

test('a waiter killed after the last arrival has passed, and breaks nothing', async () => {
  const barrier = new Barrier(2);
  const [waiter] = waitersAt(barrier, 1);
  await sleep(0);

  await barrier.wait();
  waiter?.kill();

  assert.equal(await waiter, { value: 0 });
  assert.is(barrier.broken, false);
});

test('a waiter that times out breaks it, and gets a BrokenBarrierError like the others', () =>
  onVirtualTime(async () => {
    const barrier = new Barrier(3);
    const others = waitersAt(barrier, 1);
    await sleep(0);

    const error = await failureOf(barrier.wait({ timeout: 5 }));

    assert.ok(error instanceof BrokenBarrierError);
    assert.match(error.message, /5 ms/);
    assert.is(getHub().now(), 5);
    assert.is(barrier.broken, true);
    for (const other of others) assert.instance((await other).error, BrokenBarrierError);
    assertNoTrace(barrier);
  }));

test('the timers of all waiters are stopped when it breaks, and when all have arrived', () =>
  onVirtualTime(async () => {
    const barrier = new Barrier(3);
    const waitBriefly = () => outcomeOf(barrier.wait({ timeout: 1_000 }));
    const broken = [spawn(waitBriefly), spawn(waitBriefly)];
    await sleep(0);
    barrier.abort();
    assertNoTrace(barrier);

    barrier.reset();
    const passed = [spawn(waitBriefly), spawn(waitBriefly), spawn(waitBriefly)];
    await Promise.all([...broken, ...passed]);

    assertNoTrace(barrier);
    assert.is(getHub().now(), 0);
  }));

test('a withTimeout around a wait breaks it, and throws its own Timeout', () =>
  onVirtualTime(async () => {
    const barrier = new Barrier(3);
    const others = waitersAt(barrier, 1);
    await sleep(0);

    const error = await failureOf(withTimeout(5, barrier.wait()));

    assert.instance(error, Timeout);
    assert.is(barrier.broken, true);
    for (const other of others) assert.instance((await other).error, BrokenBarrierError);
  }));

test('wait({ timeout: 0 }) breaks it if others are missing, like any wait that times out', async () => {
  const barrier = new Barrier(2);

  assert.instance(await failureOf(barrier.wait({ timeout: 0 })), BrokenBarrierError);

  assert.is(barrier.broken, true);
});

test('abort() breaks it for present and later waiters', async () => {
  const barrier = new Barrier(3);
  const waiters = waitersAt(barrier, 2);
  await sleep(0);

  barrier.abort();
  barrier.abort();

  assert.is(barrier.broken, true);
  for (const waiter of waiters) {
    const { error } = await waiter;
    assert.ok(error instanceof BrokenBarrierError);
    assert.match(error.message, /aborted/);
  }
  assert.instance(await failureOf(barrier.wait()), BrokenBarrierError);
});

test('reset() refuses present waiters, and leaves it usable', async () => {
  const barrier = new Barrier(3);
  const waiters = waitersAt(barrier, 2);
  await sleep(0);

  barrier.reset();

  assert.equal([barrier.broken, barrier.waiting], [false, 0]);
  for (const waiter of waiters) {
    const { error } = await waiter;
    assert.ok(error instanceof BrokenBarrierError);
    assert.match(error.message, /reset/);
  }
  assert.equal(
    (await Promise.all(waitersAt(barrier, 3))).map(({ value }) => value),
    [0, 1, 2],
  );
});

test('reset() makes a broken one whole again', async () => {
  const barrier = new Barrier(2);
  barrier.abort();

  barrier.reset();

  assert.equal(await Promise.all(waitersAt(barrier, 2)), [{ value: 0 }, { value: 1 }]);
});

test('waiters refused by reset() do not break it again if they are killed before they run', async () => {
  const barrier = new Barrier(2);
  const [waiter] = waitersAt(barrier, 1);
  await sleep(0);

  barrier.reset();
  waiter?.kill();
  await waiter?.join();

  assert.is(barrier.broken, false);
});

test('a waiter is described by the number of missing parties', async () => {
  const barrier = new Barrier(5);
  barrier.name = 'the gate';
  const waiters = waitersAt(barrier, 2);
  await sleep(0);

  assert.is(waiters[0]?.waiting?.describe(), '3 more of the 5 of the gate');

  barrier.abort();
  await Promise.all(waiters);
});

for (const parties of [0, -1, 1.5, Number.NaN, Infinity, '3', undefined]) {
  test(`it refuses to be for ${parties} (${typeof parties}) parties`, () => {
    assert.instance(
      thrownBy(() => new Barrier(parties as number)),
      RangeError,
    );
  });
}

test.run();
