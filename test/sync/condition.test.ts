import * as assert from 'uvu/assert';
import {
  Condition,
  type Coroutine,
  Event,
  type Greenlet,
  GreenletError,
  GreenletExit,
  getHub,
  joinall,
  killall,
  Lock,
  Queue,
  RLock,
  Semaphore,
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

const test = suite('sync/condition');

/** Makes a greenlet notify, with the lock held. */
function notifying(condition: Condition, count?: number): Greenlet<void> {
  return spawn(function* () {
    using _ = yield* condition.lock.hold();
    condition.notify(count);
  });
}

/** Greenlets that wait with the lock held, and log their number when they continue. */
function waitersAt(condition: Condition, ids: readonly number[], order: number[] = []): Greenlet<boolean>[] {
  return ids.map((id) =>
    spawn(function* () {
      using _ = yield* condition.lock.hold();
      const notified = yield* condition.wait();
      order.push(id);
      return notified;
    }),
  );
}

/** A greenlet that holds a lock for a while. */
function holding(condition: Condition, ms: number): Greenlet<void> {
  return spawn(function* () {
    using _ = yield* condition.lock.hold();
    yield* sleep(ms);
  });
}

test('it has an RLock of its own, or the lock that it is given', () => {
  const lock = new Lock();

  assert.instance(new Condition().lock, RLock);
  assert.is(new Condition(lock).lock, lock);
});

for (const { name, lock } of [
  { name: 'a Semaphore', lock: new Semaphore() },
  { name: 'null', lock: null },
  { name: 'an object', lock: { acquire() {}, release() {} } },
]) {
  test(`it refuses ${name} for its lock`, () => {
    assert.instance(
      thrownBy(() => new Condition(lock as never)),
      TypeError,
    );
  });
}

for (const make of [() => new Lock(), () => new RLock()]) {
  const kind = make().constructor.name;

  test(`wait() releases a ${kind}, and holds it again when it continues`, async () => {
    const condition = new Condition(make());
    const held: boolean[] = [];
    const waiter = spawn(function* () {
      using _ = yield* condition.lock.hold();
      const notified = yield* condition.wait();
      held.push(condition.lock.heldBy(waiter));
      return notified;
    });
    await sleep(0);
    held.push(condition.lock.locked());

    await notifying(condition);

    assert.is(await waiter, true);
    assert.equal(held, [false, true]);
    assert.is(condition.lock.locked(), false);
    assertNoTrace(condition);
  });

  test(`wait() over a ${kind} continues only when the notifier has released it`, () =>
    onVirtualTime(async () => {
      const condition = new Condition(make());
      const [waiter] = waitersAt(condition, [1]);
      await sleep(0);

      await spawn(function* () {
        using _ = yield* condition.lock.hold();
        condition.notify();
        yield* sleep(10);
        assert.is(waiter?.ready(), false);
      });

      assert.is(await waiter, true);
      assert.is(getHub().now(), 10);
    }));

  test(`a killed wait() over a ${kind} has the lock again before it raises`, () =>
    onVirtualTime(async () => {
      const condition = new Condition(make());
      const log: string[] = [];
      const waiter = spawn(function* () {
        using _ = yield* condition.lock.hold();
        try {
          yield* condition.wait();
        } finally {
          log.push(`raised at ${getHub().now()}, held by it: ${condition.lock.heldBy(waiter)}`);
        }
      });
      await sleep(0);
      const other = holding(condition, 10);
      await sleep(0);

      waiter.kill();
      await joinall([waiter, other]);

      assert.equal(log, ['raised at 10, held by it: true']);
      assert.ok(waiter.exception instanceof GreenletExit);
      assert.is(condition.lock.locked(), false);
      assertNoTrace(condition);
    }));

  test(`a wait() over a ${kind} that times out holds the lock again before it gives false`, () =>
    onVirtualTime(async () => {
      const condition = new Condition(make());
      const waiter: Greenlet<object> = spawn(function* () {
        using _ = yield* condition.lock.hold();
        const notified = yield* condition.wait({ timeout: 5 });
        return { notified, at: getHub().now(), held: condition.lock.heldBy(waiter) };
      });
      await sleep(0);
      holding(condition, 10);

      assert.equal(await waiter, { notified: false, at: 10, held: true });
      assert.is(condition.lock.locked(), false);
      assertNoTrace(condition);
    }));
}

test('a wait() in a withTimeout has the lock again before the Timeout is thrown', () =>
  onVirtualTime(async () => {
    const condition = new Condition();
    const waiter: Greenlet<object> = spawn(function* () {
      using _ = yield* condition.lock.hold();
      const { error } = yield* outcomeOf(withTimeout(5, condition.wait()));
      return { timedOut: error instanceof Timeout, at: getHub().now(), held: condition.lock.heldBy(waiter) };
    });
    await sleep(0);
    holding(condition, 10);

    assert.equal(await waiter, { timedOut: true, at: 10, held: true });
    assert.is(condition.lock.locked(), false);
  }));

test('a second kill while it acquires the lock again changes nothing', () =>
  onVirtualTime(async () => {
    const condition = new Condition();
    const held: boolean[] = [];
    const waiter = spawn(function* () {
      using _ = yield* condition.lock.hold();
      try {
        yield* condition.wait();
      } finally {
        held.push(condition.lock.heldBy(waiter));
      }
    });
    await sleep(0);
    holding(condition, 10);
    await sleep(0);

    waiter.kill();
    await sleep(5);
    waiter.kill({ reason: new Error('another reason') });
    await waiter.join();

    assert.equal(held, [true]);
    assert.ok(waiter.exception instanceof GreenletExit);
    assert.is(condition.lock.locked(), false);
  }));

test('a wait() in a greenlet that is killed already raises at once, and never gives the lock up', async () => {
  const condition = new Condition();
  const seen: boolean[] = [];
  const waiter = spawn(function* () {
    using _ = yield* condition.lock.hold();
    try {
      yield* sleep(Infinity);
    } catch {
      yield* outcomeOf(condition.wait());
      seen.push(condition.lock.heldBy(waiter));
    }
  });
  await sleep(0);
  const rival = spawn(() => condition.lock.acquire());
  await sleep(0);

  await waiter.kill();

  assert.equal(seen, [true]);
  assert.is(await rival, true);
});

test('an RLock that was acquired several times is given up wholly, and had again as often', async () => {
  const condition = new Condition();
  const lock = condition.lock;
  const waiter = spawn(function* () {
    for (const _ of [1, 2, 3]) yield* lock.acquire();
    yield* condition.wait();
    const stillHeld: boolean[] = [];
    for (const _ of [1, 2, 3]) {
      stillHeld.push(lock.heldBy(waiter));
      lock.release();
    }
    return stillHeld;
  });
  await sleep(0);
  assert.is(lock.locked(), false);

  await notifying(condition);

  assert.equal(await waiter, [true, true, true]);
  assert.is(lock.locked(), false);
});

test('an RLock that was acquired several times is had again as often by a killed wait(), too', async () => {
  const condition = new Condition();
  const waiter = spawn(function* () {
    using _outer = yield* condition.lock.hold();
    using _inner = yield* condition.lock.hold();
    yield* condition.wait();
  });
  await sleep(0);

  await waiter.kill();

  assert.ok(waiter.exception instanceof GreenletExit);
  assert.is(condition.lock.locked(), false);
});

test('wait() and waitFor() without the lock throw, and name it', async () => {
  const condition = new Condition();
  for (const op of [condition.wait(), condition.wait({ timeout: 0 }), condition.waitFor(() => true)]) {
    for (const waiting of [op, spawn(() => op)]) {
      const error = await failureOf(waiting);
      assert.ok(error instanceof GreenletError);
      assert.match(error.message, condition.name);
      assert.match(error.message, condition.lock.name);
    }
  }
  assertNoTrace(condition);
});

test('notify() and notifyAll() without the lock throw, and wake no waiter', async () => {
  const condition = new Condition();
  const waiters = waitersAt(condition, [1]);
  await sleep(0);

  for (const call of [() => condition.notify(), () => condition.notifyAll()]) {
    assert.instance(thrownBy(call), GreenletError);
    assert.instance(await failureOf(spawn(call)), GreenletError);
  }
  const holder = spawn(function* () {
    using _ = yield* condition.lock.hold();
    yield* sleep(Infinity);
  });
  await sleep(0);
  assert.instance(
    thrownBy(() => condition.notify()),
    GreenletError,
    'another greenlet holds the lock',
  );

  assert.is(waiters[0]?.ready(), false);
  await killall([...waiters, holder]);
});

for (const count of [-1, 1.5, Number.NaN, -Infinity]) {
  test(`notify(${count}) throws a RangeError, and wakes no waiter`, async () => {
    const condition = new Condition();
    const waiters = waitersAt(condition, [1]);
    await sleep(0);

    assert.instance(await failureOf(notifying(condition, count)), RangeError);
    await sleep(0);

    assert.is(waiters[0]?.ready(), false);
    await killall(waiters);
  });
}

test('notify() wakes the waiter that has waited longest', async () => {
  const condition = new Condition();
  const order: number[] = [];
  const waiters = waitersAt(condition, [1, 2, 3], order);
  await sleep(0);

  await notifying(condition);
  await joinall(waiters, { count: 1 });
  await sleep(0);
  assert.equal(order, [1]);

  await notifying(condition);
  await notifying(condition);
  await joinall(waiters);
  assert.equal(order, [1, 2, 3]);
  assertNoTrace(condition);
});

test('notify(n) wakes n waiters, notify(0) none, and a larger number than there are is not an error', async () => {
  const condition = new Condition();
  const order: number[] = [];
  const waiters = waitersAt(condition, [1, 2, 3], order);
  await sleep(0);

  await notifying(condition, 0);
  await sleep(0);
  assert.equal(order, []);
  await notifying(condition, 2);
  await joinall(waiters, { count: 2 });
  await sleep(0);
  assert.equal(order, [1, 2]);
  await notifying(condition, 10);
  await joinall(waiters);

  assert.equal(order, [1, 2, 3]);
});

test('notifyAll() wakes all present waiters, in order, one at a time', async () => {
  const condition = new Condition();
  let inside = 0;
  const order: number[] = [];
  const waiters = [1, 2, 3].map((id) =>
    spawn(function* () {
      using _ = yield* condition.lock.hold();
      yield* condition.wait();
      inside += 1;
      assert.is(inside, 1);
      order.push(id);
      yield* sleep(0);
      inside -= 1;
    }),
  );
  await sleep(0);

  await notifying(condition, Infinity);
  await joinall(waiters, { raiseError: true });

  assert.equal(order, [1, 2, 3]);
  assertNoTrace(condition);
});

test('a notification is for present waiters: a later one must wait for the next', async () => {
  const condition = new Condition();
  await notifying(condition, Infinity);
  const [late] = waitersAt(condition, [1]) as [Greenlet<boolean>];
  await sleep(0);
  assert.is(late.ready(), false);

  await notifying(condition);

  assert.is(await late, true);
});

test('a greenlet that waits again after a notification does not get one meant for others', async () => {
  const condition = new Condition();
  const order: string[] = [];
  const greedy = spawn(function* () {
    using _ = yield* condition.lock.hold();
    for (;;) {
      yield* condition.wait();
      order.push('greedy');
    }
  });
  await sleep(0);
  const waiters = waitersAt(condition, [1]);
  await sleep(0);

  await notifying(condition, 2);
  await joinall(waiters);
  await sleep(0);

  assert.equal(order, ['greedy']);
  await greedy.kill();
});

test('a notification is not lost to a waiter that was already killed: it goes to the next', async () => {
  const condition = new Condition();
  const order: number[] = [];
  const waiters = waitersAt(condition, [1, 2], order);
  await sleep(0);

  waiters[0]?.kill();
  await notifying(condition);
  await joinall(waiters);

  assert.equal(order, [2]);
  assertNoTrace(condition);
});

test('a notification is not lost to a waiter that is killed after it: the waiter continues and may use it', () =>
  onVirtualTime(async () => {
    const condition = new Condition();
    let stock = 0;
    const taken: number[] = [];
    const takers = [1, 2].map((id) =>
      spawn(function* () {
        using _ = yield* condition.lock.hold();
        while (stock === 0) yield* condition.wait();
        stock -= 1;
        taken.push(id);
      }),
    );
    await sleep(0);
    await spawn(function* () {
      using _ = yield* condition.lock.hold();
      stock += 1;
      condition.notify();
      takers[0]?.kill();
      yield* sleep(10);
    });
    await takers[0]?.join();

    assert.equal(taken, [1]);
    assert.is(stock, 0);
    await takers[1]?.kill();
    assert.is(condition.lock.locked(), false);
  }));

test('a notification is not lost to a waiter that times out while it acquires the lock again', () =>
  onVirtualTime(async () => {
    const condition = new Condition();
    const late = spawn(function* () {
      using _ = yield* condition.lock.hold();
      return yield* condition.wait({ timeout: 5 });
    });
    const [next] = waitersAt(condition, [2]) as [Greenlet<boolean>];
    await sleep(0);

    await spawn(function* () {
      using _ = yield* condition.lock.hold();
      yield* sleep(10);
      condition.notify();
    });

    assert.equal([await late, await next], [false, true]);
  }));

test('the timeout does not count the time to acquire the lock again', () =>
  onVirtualTime(async () => {
    const condition = new Condition();
    const waiter = spawn(function* () {
      using _ = yield* condition.lock.hold();
      return yield* condition.wait({ timeout: 5 });
    });
    await sleep(0);

    await spawn(function* () {
      using _ = yield* condition.lock.hold();
      condition.notify();
      yield* sleep(100);
    });

    assert.is(await waiter, true);
  }));

test('wait({ timeout: 0 }) gives false and keeps the lock', async () => {
  const condition = new Condition();

  const seen = await spawn(function* () {
    using _ = yield* condition.lock.hold();
    const rival = spawn(() => condition.lock.acquire());
    yield* sleep(0);
    const notified = yield* condition.wait({ timeout: 0 });
    rival.kill();
    return { notified, rivalWaits: !rival.successful() };
  });

  assert.equal(seen, { notified: false, rivalWaits: true });
});

test('waitFor() looks at once, and does not wait when its condition holds', async () => {
  const condition = new Condition();
  let othersRan = false;

  const value = await spawn(function* () {
    spawn(() => {
      othersRan = true;
    });
    using _ = yield* condition.lock.hold();
    const found = yield* condition.waitFor(() => 'found');
    return { found, othersRan };
  });

  assert.equal(value, { found: 'found', othersRan: false });
});

test('waitFor() calls the predicate after each notification, with the lock held, and gives its last result', async () => {
  const condition = new Condition();
  let stock = 0;
  const looks: boolean[] = [];
  const waiter = spawn(function* () {
    using _ = yield* condition.lock.hold();
    return yield* condition.waitFor(() => {
      looks.push(condition.lock.heldBy(waiter));
      return stock > 1 && stock;
    });
  });
  await sleep(0);

  for (const _ of [1, 2]) {
    stock += 1;
    await notifying(condition);
    await sleep(0);
  }

  assert.is(await waiter, 2);
  assert.equal(looks, [true, true, true]);
});

test('the timeout of waitFor() is for the whole, and gives the last, falsy, result', () =>
  onVirtualTime(async () => {
    const condition = new Condition();
    const waiter = spawn(function* () {
      using _ = yield* condition.lock.hold();
      return yield* condition.waitFor(() => 0, { timeout: 10 });
    });
    for (const _ of [1, 2, 3]) {
      await sleep(4);
      await notifying(condition);
    }

    assert.is(await waiter, 0);

    assert.is(getHub().now(), 12);
    assert.is(condition.lock.locked(), false);
    assertNoTrace(condition);
  }));

test('waitFor() gives the result of its last check if it is true, even after the timeout', () =>
  onVirtualTime(async () => {
    const condition = new Condition();
    let ready = false;
    const waiter = spawn(function* () {
      using _ = yield* condition.lock.hold();
      return yield* condition.waitFor(() => ready, { timeout: 5 });
    });
    await sleep(1);

    ready = true;

    assert.is(await waiter, true);
    assert.is(getHub().now(), 5);
  }));

test('the predicate of waitFor() may block', () =>
  onVirtualTime(async () => {
    const condition = new Condition();
    const looks = new Queue<boolean>();
    for (const look of [false, true]) looks.putNowait(look);
    const waiter = spawn(function* () {
      using _ = yield* condition.lock.hold();
      return yield* condition.waitFor(function* (): Coroutine<boolean> {
        yield* sleep(3);
        return yield* looks.get();
      });
    });
    await sleep(5);

    await notifying(condition);

    assert.is(await waiter, true);
    assert.is(getHub().now(), 8);
  }));

test('an error of the predicate is thrown, with the lock held', async () => {
  const condition = new Condition();
  const error = new Error('of the predicate');

  const seen = await spawn(function* () {
    using _ = yield* condition.lock.hold();
    const outcome = yield* outcomeOf(
      condition.waitFor((): boolean => {
        throw error;
      }),
    );
    return { error: outcome.error, locked: condition.lock.locked() };
  });

  assert.is(seen.error, error);
  assert.is(seen.locked, true);
  assert.is(condition.lock.locked(), false);
});

test('waitFor() refuses a predicate that is not a function', () => {
  assert.instance(
    thrownBy(() => new Condition().waitFor(true as never)),
    TypeError,
  );
});

test('several conditions may share one lock, and each wakes its own', async () => {
  const lock = new Lock();
  const first = new Condition(lock);
  const second = new Condition(lock);
  const order: number[] = [];
  const waiters = [...waitersAt(first, [1], order), ...waitersAt(second, [2], order)];
  await sleep(0);

  await notifying(second);
  await joinall(waiters, { count: 1 });
  assert.equal(order, [2]);
  await notifying(first);
  await joinall(waiters);

  assert.equal(order, [2, 1]);
});

test('main waits and notifies as greenlets do', async () => {
  const condition = new Condition();
  const [waiter] = waitersAt(condition, [1]) as [Greenlet<boolean>];
  await sleep(0);
  await condition.lock.acquire();
  condition.notify();
  condition.lock.release();
  assert.is(await waiter, true);

  await condition.lock.acquire();
  const notified = condition.wait();
  const result = notified.then((value) => value);
  await sleep(0);
  await notifying(condition);

  assert.is(await result, true);
  assert.is(condition.lock.locked(), true);
  condition.lock.release();
  assert.is(condition.lock.locked(), false);
});

test('main is one holder and still holds its RLock when one of its waits continues', async () => {
  const condition = new Condition();
  const { lock } = condition;
  await lock.acquire();
  const waiting = condition.wait().then(() => lock.release());
  await sleep(0);

  await lock.acquire();
  condition.notify();
  await waiting;

  assert.is(lock.locked(), true);
  lock.release();
  assert.is(lock.locked(), false);
});

test('a waiter is described by the name of the condition, and by its lock once it was notified', async () => {
  const condition = new Condition();
  condition.name = 'the change';
  condition.lock.name = 'the guard';
  const [waiter] = waitersAt(condition, [1]) as [Greenlet<boolean>];
  await sleep(0);
  const before = waiter.waiting?.describe();
  const leave = new Event();
  const notifier = spawn(function* () {
    using _ = yield* condition.lock.hold();
    condition.notify();
    yield* leave.wait();
  });
  notifier.name = 'notifier';
  await sleep(0);
  await sleep(0);

  assert.is(before, 'a notification of the change');
  assert.is(waiter.waiting?.describe(), 'the guard, held by notifier');

  leave.set();
  await waiter;
});

test('producers and consumers over two conditions of one lock lose nothing', async () => {
  const lock = new RLock();
  const notEmpty = new Condition(lock);
  const notFull = new Condition(lock);
  const buffer: number[] = [];
  const got: number[] = [];
  const consumers = [1, 2].map(() =>
    spawn(function* () {
      for (let count = 0; count < 20; count += 1) {
        using _ = yield* lock.hold();
        yield* notEmpty.waitFor(() => buffer.length > 0);
        got.push(buffer.shift() as number);
        notFull.notify();
      }
    }),
  );
  const producers = [0, 1].map((parity) =>
    spawn(function* () {
      for (let item = parity; item < 40; item += 2) {
        using _ = yield* lock.hold();
        yield* notFull.waitFor(() => buffer.length < 3);
        buffer.push(item);
        notEmpty.notify();
      }
    }),
  );

  await joinall([...consumers, ...producers], { raiseError: true });

  assert.equal(
    got.sort((a, b) => a - b),
    Array.from({ length: 40 }, (_, item) => item),
  );
  assertNoTrace(notEmpty, notFull);
});

test.run();
