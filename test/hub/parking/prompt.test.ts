/** Operations that would not have waited when they were created: put(), get(), acquire() and hold(). */
import * as assert from 'uvu/assert';
import {
  type Coroutine,
  GreenletError,
  Lock,
  type Operation,
  Queue,
  race,
  ShutDown,
  sleep,
  spawn,
  Timeout,
  withTimeout,
} from '../../../lib/index.ts';
import { failureOf, thrownBy } from '../../support/failure.ts';
import { suite } from '../../support/harness.ts';
import { assertNoTrace, waitersOf } from '../../support/leaks.ts';
import { outcomeOf } from '../../support/outcome.ts';
import { onVirtualTime } from '../../support/virtual-clock.ts';

const test = suite('hub/prompt');

function holding<T>(...items: T[]): Queue<T> {
  const queue = new Queue<T>();
  for (const item of items) queue.putNowait(item);
  return queue;
}

/** A get() created while there was an item, and the queue without that item. */
function getOfThen<T>(item: T): { queue: Queue<T>; get: Operation<T> } {
  const queue = holding(item);
  const get = queue.get();
  queue.getNowait();
  return { queue, get };
}

/** A put() created while there was room, and the queue without room. */
function putOfThen<T>(item: T, full: T): { queue: Queue<T>; put: Operation<void> } {
  const queue = new Queue<T>(1);
  const put = queue.put(item);
  queue.putNowait(full);
  return { queue, put };
}

test('one get() takes an item each time it is waited for', async () => {
  const queue = holding('a', 'b', 'c');
  const get = queue.get();

  const inGreenlet = await spawn(function* () {
    return [yield* get, yield* get];
  });

  assert.equal(inGreenlet, ['a', 'b']);
  assert.is(await get, 'c');
});

test('one get() that waited can be waited for again, whether there is an item or none', async () => {
  const { queue, get } = getOfThen('gone');
  const getter = spawn(function* () {
    return [yield* get, yield* get, yield* get];
  });
  await sleep(0);

  queue.putNowait('waited for');
  queue.putNowait('there');
  await sleep(0);
  queue.putNowait('waited for again');

  assert.equal(await getter, ['waited for', 'there', 'waited for again']);
  assertNoTrace(queue);
});

test('a get() waits where the item that was there is gone by the time it is run', async () => {
  const { queue, get } = getOfThen('gone');
  const getter = spawn(() => get);
  await sleep(0);
  assert.is(waitersOf(queue), 1);

  queue.putNowait('new');

  assert.is(await getter, 'new');
});

test('a put() waits where the room that was there is gone by the time it is run', async () => {
  const { queue, put } = putOfThen('late', 'early');
  const putter = spawn(() => put);
  await sleep(0);
  assert.is(waitersOf(queue), 1);

  assert.is(queue.getNowait(), 'early');
  await putter;

  assert.is(queue.getNowait(), 'late');
});

test('an acquire() and a hold() wait where the lock was taken meanwhile', async () => {
  const lock = new Lock();
  const acquire = lock.acquire();
  const hold = lock.hold();
  const order: string[] = [];
  await lock.acquire();
  const acquirer = spawn(function* () {
    order.push(`acquired: ${yield* acquire}`);
    lock.release();
  });
  const holder = spawn(function* () {
    using _ = yield* hold;
    order.push('held');
  });
  await sleep(0);
  assert.equal(order, []);

  lock.release();
  await acquirer;
  await holder;

  assert.equal(order, ['acquired: true', 'held']);
  assert.is(lock.locked(), false);
  assertNoTrace(lock);
});

test('killed while it waits after all, it has taken or put nothing and left the line', async () => {
  const { queue, get } = getOfThen('gone');
  const { queue: full, put } = putOfThen('late', 'early');
  const lock = new Lock();
  const acquire = lock.acquire();
  await lock.acquire();
  const waiting = [spawn(() => get), spawn(() => put), spawn(() => acquire)];
  await sleep(0);

  for (const greenlet of waiting) await greenlet.kill();
  queue.putNowait('new');
  lock.release();

  assertNoTrace(queue, full, lock);
  assert.is(queue.getNowait(), 'new');
  assert.is(full.getNowait(), 'early');
  assert.is(full.empty(), true);
  assert.is(lock.locked(), false);
});

test('a withTimeout ends a prompt operation that has to wait after all, and it can be used again', () =>
  onVirtualTime(async () => {
    const { queue, get } = getOfThen('gone');

    const { error } = await spawn(() => outcomeOf(withTimeout(5, get)));
    queue.putNowait('new');

    assert.instance(error, Timeout);
    assert.is(await get, 'new');
    assertNoTrace(queue);
  }));

test('several greenlets may wait for the same one, each for an item of its own', async () => {
  const { queue, get } = getOfThen('gone');
  const getters = [1, 2, 3].map(() => spawn(() => get));
  await sleep(0);

  for (const item of ['a', 'b', 'c']) queue.putNowait(item);

  assert.equal([await getters[0], await getters[1], await getters[2]], ['a', 'b', 'c']);
});

test('a greenlet may use one for which another one waits', async () => {
  const lock = new Lock();
  const acquire = lock.acquire();
  await lock.acquire();
  const first = spawn(() => acquire);
  await sleep(0);

  const second = spawn(() => acquire);
  await sleep(0);
  lock.release();
  await first;

  assert.is(second.ready(), false);
  lock.release();
  assert.is(await second, true);
});

test('it raises ShutDown where the queue was shut down meanwhile, or is while it waits', async () => {
  const { queue, get } = getOfThen('gone');
  const put = queue.put('late');
  const getter = spawn(() => outcomeOf(get));
  await sleep(0);

  queue.shutdown();

  assert.instance((await getter).error, ShutDown);
  assert.instance(await failureOf(get), ShutDown);
  assert.instance(await failureOf(put), ShutDown);
});

test('iterated outside greenlets it says to await it, and takes nothing', () => {
  const queue = holding('a');

  const error = thrownBy(() => queue.get()[Symbol.iterator]().next());

  assert.instance(error, GreenletError);
  assert.match(String(error), new RegExp(`an item of ${queue.name} was iterated outside greenlets: write \`await\``));
  assert.is(queue.qsize(), 1);
});

test('only one of several in a race() takes, and keeps what it has taken', async () => {
  const queues = [holding('a'), holding('b')] as const;

  const won = await race([queues[0].get(), queues[1].get()]);

  assert.is(won, 'a');
  assert.equal([queues[0].qsize(), queues[1].qsize()], [0, 1]);
});

test('a race() of operations that need not wait lets no other greenlet run', async () => {
  const queue = holding('a');
  let othersRan = false;

  const seen = await spawn(function* () {
    spawn(() => {
      othersRan = true;
    });
    return { won: yield* race([queue.get(), sleep(Infinity)]), othersRan };
  });

  assert.equal(seen, { won: 'a', othersRan: false });
});

test('in a race() where all wait after all, one takes and the others leave their lines', async () => {
  const { queue: first, get } = getOfThen('gone');
  const { queue: second, get: other } = getOfThen('gone, too');
  const racing = spawn(() => race([get, other]));
  await sleep(0);

  second.putNowait('b');
  first.putNowait('a');

  assert.is(await racing, 'b');
  assert.is(first.getNowait(), 'a');
  assertNoTrace(first, second);
});

test('iterators stepped by hand act when they are stepped, and not when they are made', async () => {
  const queue = holding('a', 'b', 'c');

  const { early, results } = await spawn(function* () {
    const iterators = [queue.get(), queue.get()].map((get) => get[Symbol.iterator]());
    const early = queue.qsize();
    yield* sleep(0);
    queue.getNowait();
    return { early, results: iterators.map((iterator) => iterator.next()) };
  });

  assert.is(early, 3);
  // Checked after both steps, because a result must not change.
  assert.equal(
    results.map(({ done, value }) => ({ done, value })),
    [
      { done: true, value: 'b' },
      { done: true, value: 'c' },
    ],
  );
});

test('an iterator that is stepped by hand can be abandoned halfway, and has then left the line', async () => {
  const { queue, get } = getOfThen('gone');

  const result = await spawn(function* () {
    return yield* firstStepOf(get);
  });

  assert.is(result, 'left');
  assertNoTrace(queue);
});

test('an iterator that an error is thrown into by hand throws it, and has left the line then', async () => {
  const { queue, get } = getOfThen('gone');
  const error = new Error('thrown in');

  const thrown = await spawn(function* () {
    const iterator = get[Symbol.iterator]();
    iterator.next();
    return [thrownBy(() => iterator.throw?.(error)), thrownBy(() => iterator.throw?.(error))];
  });

  assert.equal(thrown, [error, error]);
  assertNoTrace(queue);
});

test('hold() of a free lock gives an object that releases it once', async () => {
  const lock = new Lock();
  const hold = lock.hold();

  const held = await hold;
  held[Symbol.dispose]();
  await lock.acquire();
  held[Symbol.dispose]();

  assert.is(lock.locked(), true);
  lock.release();
  (await hold)[Symbol.dispose]();
  assert.is(lock.locked(), false);
});

/** Makes the operation wait, without waiting itself. */
function* firstStepOf(operation: Operation<string>): Coroutine<string> {
  const iterator = operation[Symbol.iterator]();
  const step = iterator.next();
  assert.is(step.done, false);
  return iterator.return?.('left').value as string;
}

test.run();
