/** The common behaviour of Lock and RLock: they know their holder, and a condition can release and reacquire them. */
import * as assert from 'uvu/assert';
import { GreenletError, Lock, RLock, sleep, spawn } from '../../lib/index.ts';
import { thrownBy } from '../support/failure.ts';
import { suite } from '../support/harness.ts';

const test = suite('sync/exclusive');

for (const { name, make } of [
  { name: 'a Lock', make: () => new Lock() },
  { name: 'an RLock', make: () => new RLock() },
]) {
  test(`${name} knows its holder`, async () => {
    const lock = make();
    const holder = spawn(function* () {
      using _ = yield* lock.hold();
      yield* sleep(Infinity);
    });
    const other = spawn(() => sleep(Infinity));
    await sleep(0);

    assert.equal(lock.holders(), [holder]);
    assert.equal([lock.heldBy(holder), lock.heldBy(other)], [true, false]);

    await holder.kill();
    assert.equal([lock.holders(), lock.heldBy(holder)], [[], false]);
    await other.kill();
  });

  test(`${name} that is free has no holder, and cannot be released`, () => {
    const lock = make();

    assert.equal(lock.holders(), []);
    assert.instance(
      thrownBy(() => lock.release()),
      GreenletError,
    );
    assert.is(lock.locked(), false);
  });

  test(`${name} that is handed over belongs to the waiter before he has run`, async () => {
    const lock = make();
    await lock.acquire();
    const waiter = spawn(() => lock.acquire());
    await sleep(0);

    lock.release();

    assert.is(waiter.ready(), false);
    assert.equal(lock.holders(), [waiter]);
    await waiter;
  });

  test(`${name} that is given up goes to the first waiter, and must be acquired again`, async () => {
    const lock = make();
    const giver = spawn(function* () {
      yield* lock.acquire();
      yield* sleep(0);
      return lock.yieldHold();
    });
    const waiter = spawn(() => lock.acquire());

    assert.is(await giver, 1);

    assert.is(await waiter, true);
    assert.equal(lock.holders(), [waiter]);
  });
}

test('an RLock that is given up and had again has to be released as often as before', async () => {
  const lock = new RLock();

  await spawn(function* () {
    for (const _ of [1, 2, 3]) yield* lock.acquire();
    const depth = lock.yieldHold();
    assert.equal([depth, lock.locked()], [3, false]);

    yield* lock.acquire();
    lock.regain(depth);

    for (const _ of [1, 2]) lock.release();
    assert.is(lock.locked(), true);
    lock.release();
  });

  assert.is(lock.locked(), false);
});

test.run();
