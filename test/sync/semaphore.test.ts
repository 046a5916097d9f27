import * as assert from 'uvu/assert';
import { joinall, Semaphore, sleep, spawn } from '../../lib/index.ts';
import { thrownBy } from '../support/failure.ts';
import { suite } from '../support/harness.ts';
import { assertNoTrace } from '../support/leaks.ts';

const test = suite('sync/semaphore');

test('a semaphore has one permit by default', async () => {
  const semaphore = new Semaphore();

  assert.is(semaphore.counter, 1);
  assert.is(await semaphore.acquire(), true);
  assert.is(semaphore.counter, 0);
  assert.is(semaphore.locked(), true);
});

test('acquire() takes a permit and release() gives it back', async () => {
  const semaphore = new Semaphore(3);

  await semaphore.acquire();
  await semaphore.acquire();
  assert.is(semaphore.counter, 1);
  assert.is(semaphore.locked(), false);
  assert.is(semaphore.ready(), true);

  semaphore.release();
  assert.is(semaphore.counter, 2);
});

test('no more are inside than there are permits', async () => {
  const semaphore = new Semaphore(2);
  let inside = 0;
  let most = 0;
  function* work() {
    using _ = yield* semaphore.hold();
    inside += 1;
    most = Math.max(most, inside);
    yield* sleep(0);
    inside -= 1;
  }

  await joinall([1, 2, 3, 4, 5].map(() => spawn(work)));

  assert.is(most, 2);
  assert.is(semaphore.counter, 2);
  assertNoTrace(semaphore);
});

test('a semaphore may start without permits', async () => {
  const semaphore = new Semaphore(0);
  assert.is(semaphore.locked(), true);
  const waiter = spawn(() => semaphore.acquire());
  await sleep(0);

  semaphore.release();

  assert.is(await waiter, true);
  assert.is(semaphore.counter, 0);
});

test('release() may go past the start, by anybody', async () => {
  const semaphore = new Semaphore(1);

  semaphore.release();
  await spawn(() => semaphore.release());

  assert.is(semaphore.counter, 3);
});

test('a released permit belongs to the first waiter at once: a later greenlet cannot take it first', async () => {
  const semaphore = new Semaphore(0);
  const waiter = spawn(() => semaphore.acquire());
  await sleep(0);

  const barged = await spawn(function* () {
    semaphore.release();
    return yield* semaphore.acquire({ blocking: false });
  });

  assert.is(barged, false);
  assert.is(await waiter, true);
});

test('several releases serve as many waiters, first come first served', async () => {
  const semaphore = new Semaphore(0);
  const served: number[] = [];
  const waiters = [1, 2, 3].map((id) =>
    spawn(function* () {
      yield* semaphore.acquire();
      served.push(id);
    }),
  );
  await sleep(0);

  semaphore.release();
  semaphore.release();
  await joinall(waiters, { count: 2 });
  assert.equal(served, [1, 2]);

  semaphore.release();
  await joinall(waiters);
  assert.equal(served, [1, 2, 3]);
});

for (const value of [-1, Number.NaN, 1.5, -Infinity]) {
  test(`a semaphore refuses to start with ${value} permits`, () => {
    assert.instance(
      thrownBy(() => new Semaphore(value)),
      RangeError,
    );
  });
}

test.run();
