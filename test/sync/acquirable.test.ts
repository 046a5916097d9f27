/** The common behaviour of all locks and semaphores. */
import * as assert from 'uvu/assert';
import {
  BoundedSemaphore,
  GreenletExit,
  getHub,
  Lock,
  Semaphore,
  sleep,
  spawn,
  Timeout,
  wait,
  withTimeout,
} from '../../lib/index.ts';
import { suite } from '../support/harness.ts';
import { assertNoTrace } from '../support/leaks.ts';
import { outcomeOf } from '../support/outcome.ts';
import { onVirtualTime } from '../support/virtual-clock.ts';

const test = suite('sync/acquirable');

const kinds = [
  { name: 'a Lock', make: () => new Lock() },
  { name: 'a Semaphore', make: () => new Semaphore(1) },
  { name: 'a BoundedSemaphore', make: () => new BoundedSemaphore(1) },
];

for (const { name, make } of kinds) {
  test(`${name} is acquired without waiting when it is free`, async () => {
    const lock = make();
    let othersRan = false;

    const seen = await spawn(function* () {
      spawn(() => {
        othersRan = true;
      });
      const acquired = yield* lock.acquire();
      return { acquired, othersRan };
    });

    assert.equal(seen, { acquired: true, othersRan: false });
  });

  test(`${name} is acquired with blocking: false if it is free, and not waited for otherwise`, async () => {
    const lock = make();

    assert.is(await lock.acquire({ blocking: false }), true);
    assert.is(await lock.acquire({ blocking: false }), false);
    lock.release();

    assert.is(lock.locked(), false);
    assertNoTrace(lock);
  });

  test(`${name} is waited for with blocking: true for as long as its timeout says`, () =>
    onVirtualTime(async () => {
      const lock = make();
      await lock.acquire();

      assert.is(await lock.acquire({ blocking: true, timeout: 7 }), false);

      assert.is(getHub().now(), 7);
      assertNoTrace(lock);
    }));

  test(`${name} held with hold() is released at the end of the block`, async () => {
    const lock = make();

    const during = await spawn(function* () {
      using _ = yield* lock.hold();
      return lock.locked();
    });

    assert.is(during, true);
    assert.is(lock.locked(), false);
  });

  test(`${name} held with hold() is released when the block throws`, async () => {
    const lock = make();
    const error = new Error('in the block');

    const outcome = await spawn(() =>
      outcomeOf(
        withTimeout(Infinity, function* () {
          using _ = yield* lock.hold();
          throw error;
        }),
      ),
    );

    assert.is(outcome.error, error);
    assert.is(lock.locked(), false);
  });

  test(`${name} held with hold() is released when the greenlet is killed in the block`, async () => {
    const lock = make();
    const holder = spawn(function* () {
      using _ = yield* lock.hold();
      yield* sleep(Infinity);
    });
    await sleep(0);
    assert.is(lock.locked(), true);

    await holder.kill();

    assert.is(lock.locked(), false);
    assertNoTrace(lock);
  });

  test(`${name} held with hold() is released when a withTimeout ends the block`, () =>
    onVirtualTime(async () => {
      const lock = make();

      const { error } = await spawn(() =>
        outcomeOf(
          withTimeout(5, function* () {
            using _ = yield* lock.hold();
            yield* sleep(Infinity);
          }),
        ),
      );

      assert.ok(error instanceof Timeout);
      assert.is(lock.locked(), false);
      assertNoTrace(lock);
    }));

  test(`${name} is held with hold() under await from main, too`, async () => {
    const lock = make();
    {
      using _ = await lock.hold();
      assert.is(lock.locked(), true);
    }
    assert.is(lock.locked(), false);
  });

  test(`${name} is not held by a hold() that is not waited for`, async () => {
    const lock = make();

    lock.hold();
    await sleep(0);

    assert.is(lock.locked(), false);
  });

  test(`one hold() of ${name} can be used again and again`, async () => {
    const lock = make();
    const hold = lock.hold();
    const entered: number[] = [];
    function* enter(id: number) {
      using _ = yield* hold;
      entered.push(id);
      yield* sleep(0);
    }

    await Promise.all([spawn(enter, 1), spawn(enter, 2), spawn(enter, 3)]);

    assert.equal(entered, [1, 2, 3]);
    assert.is(lock.locked(), false);
  });

  test(`the result of hold() of ${name} releases once, however often it is disposed`, async () => {
    const lock = make();
    const held = await lock.hold();
    held[Symbol.dispose]();
    await lock.acquire();

    held[Symbol.dispose]();

    assert.is(lock.locked(), true);
  });

  test(`a hold() of ${name} that is killed while it waits holds nothing`, async () => {
    const lock = make();
    await lock.acquire();
    const waiter = spawn(() => lock.hold());
    await sleep(0);

    await waiter.kill();
    lock.release();

    assert.ok(waiter.exception instanceof GreenletExit);
    assert.is(lock.locked(), false);
    assertNoTrace(lock);
  });

  test(`a killed waiter of ${name} is passed over`, async () => {
    const lock = make();
    await lock.acquire();
    const killed = spawn(() => lock.acquire());
    const next = spawn(() => lock.acquire());
    await sleep(0);

    killed.kill();
    lock.release();

    assert.is(await next, true);
    assert.is(killed.successful(), false);
    assert.is(lock.locked(), true);
  });

  test(`the hub's wait() reports that ${name} is free, and takes nothing`, async () => {
    const lock = make();
    await lock.acquire();
    const watching = spawn(() => wait([lock]));
    await sleep(0);
    assert.is(watching.ready(), false);

    lock.release();

    assert.equal(await watching, [lock]);
    assert.is(lock.locked(), false);
    assertNoTrace(lock);
  });

  test(`wait() of the hub does not take ${name} for free when it goes straight to a waiter`, async () => {
    const lock = make();
    await lock.acquire();
    const watching = spawn(() => wait([lock]));
    const waiter = spawn(() => lock.acquire());
    await sleep(0);

    lock.release();
    await waiter;
    await sleep(0);
    assert.is(watching.ready(), false);

    lock.release();
    assert.equal(await watching, [lock]);
  });

  test(`a killed watcher of ${name} leaves no trace`, async () => {
    const lock = make();
    await lock.acquire();
    const watching = spawn(() => wait([lock]));
    await sleep(0);

    await watching.kill();

    assertNoTrace(lock);
  });

  test(`a waiter for ${name} is described by its name`, async () => {
    const lock = make();
    lock.name = 'the vault';
    await lock.acquire();
    const waiter = spawn(() => lock.acquire());
    await sleep(0);

    assert.match(waiter.waiting?.describe() ?? '', /the vault/);

    await waiter.kill();
  });
}

test('a waiter for a Lock is described by the name of the holder', async () => {
  const lock = new Lock();
  const holder = spawn(function* () {
    using _ = yield* lock.hold();
    yield* sleep(Infinity);
  });
  holder.name = 'dragon';
  const waiter = spawn(() => lock.acquire());
  await sleep(0);

  assert.match(waiter.waiting?.describe() ?? '', /held by dragon/);
  assert.equal(lock.holders(), [holder]);

  holder.kill();
  await waiter;
});

test('main that holds a Lock is not called dead', async () => {
  const lock = new Lock();
  await lock.acquire();
  const waiter = spawn(() => lock.acquire());
  await sleep(0);

  const description = waiter.waiting?.describe() ?? '';
  await waiter.kill();

  assert.match(description, /held by main/);
  assert.not.match(description, /dead/);
});

test.run();
