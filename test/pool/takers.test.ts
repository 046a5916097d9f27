import * as assert from 'uvu/assert';
import { all, any, type Coroutine, Event, Lock, Queue, RLock, race, sleep, spawn } from '../../lib/index.ts';
import { suite } from '../support/harness.ts';
import { assertNoTrace, waitersOf } from '../support/leaks.ts';

const test = suite('pool/takers');

/** Puts two items at once when it is woken. */
function* puttingTwo(queue: Queue<string>, wake: Event): Coroutine<void> {
  yield* wake.wait();
  queue.putNowait('first');
  queue.putNowait('second');
}

test('while one branch has its turn, a second item passes its siblings and goes to the waiter behind them', async () => {
  const queue = new Queue<string>();
  const racing = spawn(() => race([queue.get(), queue.get(), queue.get()]));
  await sleep(0);
  const behind = spawn(() => queue.get());
  await sleep(0);

  queue.putNowait('first');
  queue.putNowait('second');

  assert.is(await racing, 'first');
  assert.is(await behind, 'second');
  assertNoTrace(queue);
});

test('a wait that has left its line returns to its place before those who came later', async () => {
  const queue = new Queue<string>();
  const failing = (name: string) =>
    function* () {
      if ((yield* queue.get()) !== name) throw new Error('not mine');
      return name;
    };
  const deciding = spawn(() => any([failing('a'), failing('c')]));
  await sleep(0);
  const behind = [spawn(() => queue.get()), spawn(() => queue.get())];
  await sleep(0);

  queue.putNowait('x');
  queue.putNowait('to the first behind');
  await sleep(1);
  assert.is(waitersOf(queue), 2);
  queue.putNowait('c');
  queue.putNowait('to the second behind');

  assert.is(await deciding, 'c');
  assert.equal([await behind[0], await behind[1]], ['to the first behind', 'to the second behind']);
});

test('a turn of one branch leaves the waits of the others in their lines', async () => {
  const queue = new Queue<string>();
  const wake = new Event();
  let waiting = 0;
  const racing = spawn(() =>
    race([
      queue.get(),
      queue.get(),
      function* () {
        yield* wake.wait();
        waiting = waitersOf(queue);
      },
    ]),
  );
  await sleep(0);

  wake.set();
  await racing;

  assert.is(waiting, 2);
  assertNoTrace(queue);
});

test('the waits of an all() in a race() stand aside while another branch of the race() has its turn', async () => {
  const queue = new Queue<string>();
  const wake = new Event();
  const racing = spawn(() =>
    race([
      all([queue.get(), queue.get()]),
      function* () {
        yield* puttingTwo(queue, wake);
        return 'other';
      },
    ]),
  );
  await sleep(0);

  wake.set();

  assert.is(await racing, 'other');
  assert.is(queue.qsize(), 2);
  assertNoTrace(queue);
});

test('an all() whose waits stood aside in a race() takes what came meanwhile', async () => {
  const queue = new Queue<string>();
  const wake = new Event();
  const racing = spawn(() =>
    race([
      all([queue.get(), queue.get()]),
      function* () {
        yield* puttingTwo(queue, wake);
        yield* sleep(Infinity);
      },
    ]),
  );
  await sleep(0);

  wake.set();

  assert.equal(await racing, ['first', 'second']);
  assertNoTrace(queue);
});

test('an RLock that one branch gets is not granted to its siblings that stand aside', async () => {
  const lock = new RLock();
  const free = new Event();
  spawn(function* () {
    yield* lock.acquire();
    yield* free.wait();
    lock.release();
  });
  await sleep(0);
  const racing = spawn(function* () {
    yield* race([lock.acquire(), lock.acquire(), lock.acquire()]);
    lock.release();
    return lock.locked();
  });
  await sleep(0);

  free.set();

  assert.is(await racing, false);
  assertNoTrace(lock);
});

test('a Lock that a branch releases in its turn is free for the next acquire', async () => {
  const lock = new Lock();
  const wake = new Event();
  await lock.acquire();
  const racing = spawn(() =>
    race([
      lock.acquire(),
      function* () {
        yield* wake.wait();
        lock.release();
        return lock.locked();
      },
    ]),
  );
  await sleep(0);

  wake.set();

  assert.is(await racing, false);
  assertNoTrace(lock);
});

test.run();
