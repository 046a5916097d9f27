/** Deadlines fire in order, even after the event loop was blocked. */
import * as assert from 'uvu/assert';
import type { Clock } from '../../lib/hub/loop/timers.ts';
import {
  type Coroutine,
  Event,
  type Greenlet,
  getHub,
  joinall,
  Lock,
  Queue,
  sleep,
  spawn,
  spawnLater,
  Timeout,
  until,
  wait,
  withTimeout,
} from '../../lib/index.ts';
import { dropClock, useClock } from '../../lib/testing/use-clock.ts';
import { suite } from '../support/harness.ts';

const test = suite('contract/due-order');
const hub = getHub();

/** A clock that stands still until the test advances it, as a clock appears to do while the event loop is blocked. */
class StalledClock implements Clock {
  private time = 0;
  private armed: { readonly at: number; readonly fn: () => void } | null = null;

  now(): number {
    return this.time;
  }

  arm(ms: number, fn: () => void): void {
    this.armed = { at: this.time + Math.max(0, ms), fn };
    this.ring();
  }

  disarm(): void {
    this.armed = null;
  }

  goOnTo(time: number): void {
    this.time = time;
    this.ring();
  }

  private ring(): void {
    if (this.armed === null || this.armed.at > this.time) return;
    const { fn } = this.armed;
    this.armed = null;
    setImmediate(fn);
  }
}

/** Lets the event loop turn many more times than any of these tests needs. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 200; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** Runs a body at time 0, then blocks the event loop until every timer that the body has started is overdue. */
async function held(setUp: () => void, isBusy = false): Promise<void> {
  const clock = new StalledClock();
  useClock(clock);
  const { switchInterval } = hub;
  // Then each turn resumes one greenlet, so a hub that never rests has many turns.
  hub.switchInterval = isBusy ? 0 : Infinity;
  let isOver = false;
  function* neverRests(): Coroutine<void> {
    while (!isOver) yield* sleep(0);
  }
  const busy = isBusy ? [spawn(neverRests), spawn(neverRests)] : [];
  try {
    setUp();
    await turns();
    clock.goOnTo(1_000);
    await turns();
    assert.is(hub.timers.size, 0);
  } finally {
    isOver = true;
    hub.switchInterval = switchInterval;
    await turns();
    dropClock(clock);
  }
  for (const greenlet of busy) assert.ok(greenlet.dead);
}

/** Everything with a deadline, as a wait for an item that returns whether it got the item. */
const limits: Record<string, (ms: number, queue: Queue<string>) => Coroutine<unknown>> = {
  *'{ timeout } of a call'(ms, queue) {
    return yield* queue.get({ timeout: ms });
  },
  *'withTimeout()'(ms, queue) {
    return yield* withTimeout(ms, () => queue.get());
  },
  *'withTimeout() of an operation'(ms, queue) {
    return yield* withTimeout(ms, queue.get());
  },
  *'a Timeout'(ms, queue) {
    using _ = Timeout.startNew(ms);
    return yield* queue.get();
  },
  *'a kill by spawnLater()'(ms, queue) {
    const job = spawn(() => queue.get());
    spawnLater(ms, () => void job.kill());
    return yield* job;
  },
  *'a kill by a sleeper'(ms, queue) {
    const job = spawn(() => queue.get());
    spawn(function* () {
      yield* sleep(ms);
      job.kill();
    });
    return yield* job;
  },
  *'join() with a timeout'(ms, queue) {
    const job: Greenlet = spawn(() => queue.get());
    yield* job.join({ timeout: ms });
    if (!job.dead) yield* job.kill();
    return yield* job;
  },
  *'joinall() with a timeout'(ms, queue) {
    const job = spawn(() => queue.get());
    yield* joinall([job], { timeout: ms });
    if (!job.dead) yield* job.kill();
    return yield* job;
  },
  *'wait() with a timeout'(ms, queue) {
    const job = spawn(() => queue.get());
    yield* wait([job], { timeout: ms });
    if (!job.dead) yield* job.kill();
    return yield* job;
  },
};

/** Everything that acts at a given time. */
const deeds: Record<string, (ms: number, act: () => void) => void> = {
  'spawnLater()': (ms, act) => void spawnLater(ms, act),
  'a sleeper': (ms, act) =>
    void spawn(function* () {
      yield* sleep(ms);
      act();
    }),
  'a sleeper that goes on by steps': (ms, act) =>
    void spawn(function* () {
      yield* sleep(ms);
      for (let step = 0; step < 5; step += 1) yield* sleep(0);
      yield* until(Promise.resolve());
      yield* spawn(function* () {
        yield* until(Promise.resolve().then(() => {}));
      });
      act();
    }),
  'a waiter whose time is up': (ms, act) =>
    void spawn(function* () {
      yield* new Event().wait({ timeout: ms });
      act();
    }),
  'a promise that a sleeper settles': (ms, act) => {
    const slept = sleep(ms).then(() => {});
    slept.then(() => {}).then(act);
  },
};

const seen: string[] = [];

function startLimit(limit: (ms: number, queue: Queue<string>) => Coroutine<unknown>, ms: number, queue: Queue<string>) {
  spawn(function* () {
    try {
      seen.push(String(yield* limit(ms, queue)));
    } catch {
      seen.push('given up');
    }
  });
}

for (const [limited, limit] of Object.entries(limits)) {
  for (const [done, deed] of Object.entries(deeds)) {
    for (const isBusy of [false, true]) {
      // In a hub that never rests, there is no way to tell when a chain of steps has ended.
      if (isBusy && /steps|promise/.test(done)) continue;
      const where = isBusy ? ', in a hub that never rests' : '';

      test(`${done} at 5 ms comes before ${limited} at 50 ms, however late both are${where}`, async () => {
        seen.length = 0;
        const queue = new Queue<string>();
        await held(() => {
          startLimit(limit, 50, queue);
          deed(5, () => queue.putNowait('item'));
        }, isBusy);
        assert.equal(seen, ['item']);
      });

      test(`${limited} at 5 ms comes before ${done} at 50 ms, however late both are${where}`, async () => {
        seen.length = 0;
        const queue = new Queue<string>();
        await held(() => {
          deed(50, () => queue.putNowait('item'));
          startLimit(limit, 5, queue);
        }, isBusy);
        assert.equal(seen, ['given up']);
        assert.is(queue.qsize(), 1);
      });
    }
  }
}

test('everything that one deadline makes ready runs before a later deadline is decided, even if it takes several turns', async () => {
  const { switchInterval } = hub;
  // So that each drain is long enough for only some of them.
  hub.switchInterval = 0;
  try {
    const queues = Array.from({ length: 6 }, () => new Queue<string>());
    const got: unknown[] = [];
    const clock = new StalledClock();
    useClock(clock);
    for (const queue of queues) {
      spawnLater(5, () => queue.putNowait('item'));
      spawn(function* () {
        got.push(yield* withTimeout(50, queue.get(), { timeoutValue: 'given up' }));
      });
    }
    await turns();
    clock.goOnTo(1_000);
    await turns();
    dropClock(clock);
    assert.equal(
      got.filter((each) => each !== 'item'),
      [],
    );
    assert.is(got.length, 6);
  } finally {
    hub.switchInterval = switchInterval;
  }
});

test('a lock released at 5 ms goes to a waiter with a timeout of 10 ms, and not to one with 4 ms', async () => {
  const log: string[] = [];
  await held(() => {
    const lock = new Lock();
    spawn(function* () {
      yield* lock.acquire();
      yield* sleep(5);
      lock.release();
    });
    for (const [name, timeout] of [
      ['late', 4],
      ['in time', 10],
    ] as const) {
      spawn(function* () {
        log.push(`${name}: ${yield* lock.acquire({ timeout })}`);
      });
    }
  });

  assert.equal(log, ['late: false', 'in time: true']);
});

test('overdue sleepers continue in the order of their deadlines', async () => {
  const order: number[] = [];
  await held(() => {
    for (let ms = 150; ms >= 1; ms -= 1) {
      spawn(function* () {
        yield* sleep(ms);
        order.push(ms);
      });
    }
  });

  assert.equal(
    order,
    Array.from({ length: 150 }, (_, index) => index + 1),
  );
});

test('timers do not fall further and further behind while greenlets are always ready', async () => {
  const { switchInterval } = hub;
  const clock = new StalledClock();
  useClock(clock);
  let isOver = false;
  // One resume for each turn: the ready greenlets need a hundred turns to run.
  hub.switchInterval = 0;
  try {
    for (let count = 0; count < 100; count += 1) {
      spawn(function* () {
        while (!isOver) yield* sleep(0);
      });
    }
    let fired = 0;
    for (let ms = 1; ms <= 1_000; ms += 1) {
      spawnLater(ms, () => {
        fired += 1;
      });
    }
    await turns();
    clock.goOnTo(1_000);
    // One turn of the loop for each deadline and each ready greenlet would be 100,000 turns.
    for (let turn = 0; turn < 20; turn += 1) await turns();

    assert.is(hub.timers.size, 0);
    isOver = true;
    for (let turn = 0; turn < 20; turn += 1) await turns();
    assert.is(fired, 1_000);
  } finally {
    isOver = true;
    hub.switchInterval = switchInterval;
    await turns();
    dropClock(clock);
  }
});

test.run();
