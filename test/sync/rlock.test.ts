import * as assert from 'uvu/assert';
import { GreenletError, type Operation, RLock, sleep, spawn, wait } from '../../lib/index.ts';
import { failureOf, thrownBy } from '../support/failure.ts';
import { suite } from '../support/harness.ts';
import { assertNoTrace } from '../support/leaks.ts';
import { outcomeOf } from '../support/outcome.ts';
import { onVirtualTime } from '../support/virtual-clock.ts';

const test = suite('sync/rlock');

/** A greenlet that holds a lock until it is killed. */
function holderOf(lock: RLock) {
  return spawn(function* () {
    using _ = yield* lock.hold();
    yield* sleep(Infinity);
  });
}

/** Whether a greenlet other than the holder could take it now. */
function othersGet(lock: RLock): Operation<boolean> {
  return spawn(function* () {
    const acquired = yield* lock.acquire({ blocking: false });
    if (acquired) lock.release();
    return acquired;
  });
}

test('a new RLock is free', () => {
  const lock = new RLock();

  assert.is(lock.locked(), false);
  assert.is(lock.ready(), true);
  assert.match(lock.name, /^RLock#\d+$/);
});

test('its holder may acquire it again without waiting, and has to release it as often', async () => {
  const lock = new RLock();

  await spawn(function* () {
    for (const _ of [1, 2, 3]) assert.is(yield* lock.acquire(), true);
    lock.release();
    lock.release();
    assert.is(lock.locked(), true);
    assert.is(yield* othersGet(lock), false);
    lock.release();
  });

  assert.is(lock.locked(), false);
});

test('holds nest, each of which undoes one', async () => {
  const lock = new RLock();
  const seen: boolean[] = [];
  function* inner() {
    using _ = yield* lock.hold();
    seen.push(lock.locked());
  }

  await spawn(function* () {
    using _ = yield* lock.hold();
    yield* inner();
    seen.push(lock.locked());
  });

  assert.equal(seen, [true, true]);
  assert.is(lock.locked(), false);
});

test('its holder gets it again with timeout 0, with blocking: false, and before other waiters', async () => {
  const lock = new RLock();

  await spawn(function* () {
    yield* lock.acquire();
    const waiter = spawn(() => lock.acquire());
    yield* sleep(0);
    assert.is(yield* lock.acquire({ timeout: 0 }), true);
    assert.is(yield* lock.acquire({ blocking: false }), true);
    assert.is(waiter.ready(), false);
    for (const _ of [1, 2, 3]) lock.release();
    assert.is(yield* waiter, true);
  });
});

test('only one greenlet is in the critical section at a time', async () => {
  const lock = new RLock();
  let inside = 0;
  let most = 0;
  function* work() {
    using _outer = yield* lock.hold();
    using _inner = yield* lock.hold();
    inside += 1;
    most = Math.max(most, inside);
    yield* sleep(0);
    inside -= 1;
  }

  await Promise.all([spawn(work), spawn(work), spawn(work)]);

  assert.is(most, 1);
  assert.is(lock.locked(), false);
  assertNoTrace(lock);
});

test('only the last release() gives it to the first waiter', async () => {
  const lock = new RLock();
  const order: string[] = [];
  const waiters: Operation<void>[] = [];

  await spawn(function* () {
    yield* lock.acquire();
    yield* lock.acquire();
    for (const id of ['a', 'b']) {
      waiters.push(
        spawn(function* () {
          using _ = yield* lock.hold();
          order.push(id);
        }),
      );
    }
    yield* sleep(0);
    lock.release();
    yield* sleep(0);
    assert.equal(order, []);
    lock.release();
    assert.is(yield* lock.acquire({ blocking: false }), false, 'nobody who comes now can take it first');
  });

  for (const waiter of waiters) await waiter;
  assert.equal(order, ['a', 'b']);
});

test('releasing a free lock throws, and names the lock', () => {
  const lock = new RLock();

  const error = thrownBy(() => lock.release());

  assert.ok(error instanceof GreenletError);
  assert.match(error.message, lock.name);
});

test('only its holder may release it: another greenlet and main get an error that names both', async () => {
  const lock = new RLock();
  const holder = holderOf(lock);
  holder.name = 'dragon';
  await sleep(0);
  const thief = spawn(() => lock.release());
  thief.name = 'hobbit';

  const byGreenlet = await failureOf(thief);
  const byMain = thrownBy(() => lock.release());

  for (const error of [byGreenlet, byMain]) {
    assert.ok(error instanceof GreenletError);
    assert.match(error.message, /dragon/);
    assert.match(error.message, lock.name);
  }
  assert.match((byGreenlet as Error).message, /hobbit/);
  assert.match((byMain as Error).message, /main/);
  assert.is(lock.locked(), true);
  await holder.kill();
  assert.is(lock.locked(), false);
});

test('a lock that was released too often stays free', async () => {
  const lock = new RLock();

  const { error } = await spawn(function* () {
    yield* lock.acquire();
    lock.release();
    return yield* outcomeOf(spawn(() => lock.release()));
  });

  assert.instance(error, GreenletError);
  assert.is(lock.locked(), false);
  assert.is(await othersGet(lock), true);
});

test('main code counts as one holder, whatever await it acquired it with', async () => {
  const lock = new RLock();

  await lock.acquire();
  assert.is(await lock.acquire({ timeout: 0 }), true);
  assert.is(await othersGet(lock), false);
  lock.release();
  assert.is(lock.locked(), true);
  lock.release();

  assert.is(lock.locked(), false);
  assert.is(await othersGet(lock), true);
});

test('main waits for it while a greenlet holds it, and a greenlet cannot release a lock of main', async () => {
  const lock = new RLock();
  const holder = holderOf(lock);
  await sleep(0);
  assert.is(await lock.acquire({ blocking: false }), false);
  holder.kill();
  assert.is(await lock.acquire(), true);

  const error = await failureOf(spawn(() => lock.release()));

  assert.match((error as Error).message, /main/);
  lock.release();
});

test('a killed holder releases it as often as it holds it', async () => {
  const lock = new RLock();
  const holder = spawn(function* () {
    using _outer = yield* lock.hold();
    using _inner = yield* lock.hold();
    yield* sleep(Infinity);
  });
  const waiter = spawn(() => lock.acquire());
  await sleep(0);

  await holder.kill();

  assert.is(await waiter, true);
  assert.equal(lock.holders(), [waiter]);
});

test('a holder that is killed may still acquire it again, for that need not wait', async () => {
  const lock = new RLock();
  const holder = spawn(function* () {
    using _ = yield* lock.hold();
    try {
      yield* sleep(Infinity);
    } finally {
      using _again = yield* lock.hold();
    }
  });
  await sleep(0);

  await holder.kill();

  assert.is(lock.locked(), false);
});

test('a killed waiter is passed over', async () => {
  const lock = new RLock();
  const holder = holderOf(lock);
  const killed = spawn(() => lock.acquire());
  const next = spawn(() => lock.acquire());
  await sleep(0);

  killed.kill();
  holder.kill();

  assert.is(await next, true);
  assert.is(killed.successful(), false);
  assertNoTrace(lock);
});

test('a timeout of a waiter does not affect the holder', () =>
  onVirtualTime(async () => {
    const lock = new RLock();
    const holder = holderOf(lock);
    await sleep(0);

    assert.is(await spawn(() => lock.acquire({ timeout: 5 })), false);

    assert.equal(lock.holders(), [holder]);
    assertNoTrace(lock);
    await holder.kill();
  }));

test('a waiter is described by the name of the holder, and whether the holder is dead', async () => {
  const lock = new RLock();
  const holder = spawn(() => lock.acquire());
  holder.name = 'ghost';
  await holder;
  const waiter = spawn(() => lock.acquire());
  await sleep(0);

  assert.is(waiter.waiting?.describe(), `${lock.name}, held by ghost, which is dead`);

  await waiter.kill();
});

test("the hub's wait() reports that it is free, and takes nothing", async () => {
  const lock = new RLock();
  const holder = holderOf(lock);
  await sleep(0);
  const watching = spawn(() => wait([lock]));
  await sleep(0);
  assert.is(watching.ready(), false);

  holder.kill();

  assert.equal(await watching, [lock]);
  assert.is(lock.locked(), false);
});

test('all waits of main are served once main has it, because main is one holder', () =>
  onVirtualTime(async () => {
    const lock = new RLock();
    const holder = holderOf(lock);
    await sleep(0);
    const both = Promise.all([lock.acquire({ timeout: 10 }), lock.acquire({ timeout: 10 })]);
    await sleep(5);

    holder.kill();
    const acquired = await both;
    for (const _ of acquired.filter(Boolean)) lock.release();

    assert.equal(acquired, [true, true]);
    assert.is(lock.locked(), false);
    assertNoTrace(lock);
  }));

test.run();
