import * as assert from 'uvu/assert';
import { BoundedSemaphore, GreenletError, Semaphore, sleep, spawn } from '../../lib/index.ts';
import { thrownBy } from '../support/failure.ts';
import { suite } from '../support/harness.ts';
import { assertNoTrace } from '../support/leaks.ts';

const test = suite('sync/bounded-semaphore');

test('it has one permit by default, and is a Semaphore', async () => {
  const semaphore = new BoundedSemaphore();

  assert.instance(semaphore, Semaphore);
  assert.is(semaphore.counter, 1);
  assert.is(await semaphore.acquire(), true);
  assert.is(semaphore.locked(), true);
});

test('as many releases as acquires bring all permits back', async () => {
  const semaphore = new BoundedSemaphore(2);
  await semaphore.acquire();
  await semaphore.acquire();

  semaphore.release();
  await spawn(() => semaphore.release());

  assert.is(semaphore.counter, 2);
});

test('one release() too many throws, names it, and adds no permit', async () => {
  const semaphore = new BoundedSemaphore(2);
  await semaphore.acquire();
  semaphore.release();

  const error = thrownBy(() => semaphore.release());

  assert.ok(error instanceof GreenletError);
  assert.match(error.message, semaphore.name);
  assert.is(semaphore.counter, 2);
});

test('a release() that goes to a waiter does not count as one too many', async () => {
  const semaphore = new BoundedSemaphore(1);
  await semaphore.acquire();
  const waiter = spawn(() => semaphore.acquire());
  await sleep(0);

  semaphore.release();
  semaphore.release();

  assert.is(await waiter, true);
  assert.is(semaphore.counter, 1);
  assert.instance(
    thrownBy(() => semaphore.release()),
    GreenletError,
  );
});

test('a semaphore that starts without permits can never be released', () => {
  const semaphore = new BoundedSemaphore(0);

  assert.instance(
    thrownBy(() => semaphore.release()),
    GreenletError,
  );

  assert.is(semaphore.counter, 0);
});

test('one without bound can be acquired and released', async () => {
  const semaphore = new BoundedSemaphore(Infinity);
  await semaphore.acquire();

  semaphore.release();

  assert.is(semaphore.counter, Infinity);
});

test('a killed waiter has taken no permit', async () => {
  const semaphore = new BoundedSemaphore(1);
  await semaphore.acquire();
  const waiter = spawn(() => semaphore.acquire());
  await sleep(0);

  waiter.kill();
  semaphore.release();

  assert.is(semaphore.counter, 1);
  assertNoTrace(semaphore);
});

for (const value of [-1, Number.NaN, 1.5, -Infinity]) {
  test(`it refuses to start with ${value} permits, and names its class`, () => {
    const error = thrownBy(() => new BoundedSemaphore(value));

    assert.ok(error instanceof RangeError);
    assert.match(error.message, /BoundedSemaphore/);
  });
}

test.run();
