import * as assert from 'uvu/assert';
import { GreenletError, Lock, sleep, spawn } from '../../lib/index.ts';
import { thrownBy } from '../support/failure.ts';
import { suite } from '../support/harness.ts';
import { assertNoTrace } from '../support/leaks.ts';

const test = suite('sync/lock');

test('a new lock is free', () => {
  const lock = new Lock();

  assert.is(lock.locked(), false);
  assert.is(lock.ready(), true);
});

test('an acquired lock is locked until it is released', async () => {
  const lock = new Lock();

  assert.is(await lock.acquire(), true);
  assert.is(lock.locked(), true);
  assert.is(lock.ready(), false);

  lock.release();
  assert.is(lock.locked(), false);
});

test('only one greenlet is in the critical section at a time', async () => {
  const lock = new Lock();
  let inside = 0;
  let most = 0;
  function* work() {
    using _ = yield* lock.hold();
    inside += 1;
    most = Math.max(most, inside);
    yield* sleep(0);
    inside -= 1;
  }

  await Promise.all([spawn(work), spawn(work), spawn(work)]);

  assert.is(most, 1);
  assertNoTrace(lock);
});

test('a lock is not reentrant: its holder waits if it acquires it again', async () => {
  const lock = new Lock();

  const again = await spawn(function* () {
    yield* lock.acquire();
    return yield* lock.acquire({ timeout: 1 });
  });

  assert.is(again, false);
  assert.is(lock.locked(), true);
});

test('a lock may be released by any greenlet, and by main', async () => {
  const lock = new Lock();
  await spawn(() => lock.acquire());
  await spawn(() => lock.release());
  assert.is(lock.locked(), false);
  await spawn(() => lock.acquire());

  lock.release();

  assert.is(lock.locked(), false);
});

test('releasing a free lock throws, and names the lock', () => {
  const lock = new Lock();

  const error = thrownBy(() => lock.release());

  assert.ok(error instanceof GreenletError);
  assert.match(error.message, lock.name);
});

test('a released lock belongs to its first waiter at once: a later greenlet cannot take it first', async () => {
  const lock = new Lock();
  await lock.acquire();
  const waiter = spawn(() => lock.acquire());
  await sleep(0);

  const seen = await spawn(function* () {
    lock.release();
    const barged = yield* lock.acquire({ blocking: false });
    return { barged, locked: lock.locked(), waiterRan: waiter.ready() };
  });

  assert.equal(seen, { barged: false, locked: true, waiterRan: false });
  assert.is(await waiter, true);
});

test('a waiter that is killed after it was given the lock must release it', async () => {
  const lock = new Lock();
  await lock.acquire();
  const waiter = spawn(function* () {
    using _ = yield* lock.hold();
    yield* sleep(Infinity);
  });
  await sleep(0);

  lock.release();
  waiter.kill();
  assert.is(lock.locked(), true);
  await waiter.join();

  assert.is(lock.locked(), false);
  assertNoTrace(lock);
});

test.run();
