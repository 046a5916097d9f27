import * as assert from 'uvu/assert';
import { type Place, TakingSuspension } from '../../../lib/hub/parking/taking.ts';
import { Channel, Empty, type Greenlet, Lock, Queue, ShutDown, sleep, spawn } from '../../../lib/index.ts';
import { suite } from '../../support/harness.ts';
import { assertNoTrace, waitersOf } from '../../support/leaks.ts';
import { outcomeOf } from '../../support/outcome.ts';
import { onVirtualTime } from '../../support/virtual-clock.ts';

const test = suite('TakingSuspension');

function waitOf(greenlet: Greenlet<unknown>): TakingSuspension<unknown> {
  const waiting: unknown = greenlet.waiting;
  assert.instance(waiting, TakingSuspension);
  return waiting as TakingSuspension<unknown>;
}

function setAside(waiting: TakingSuspension<unknown>): Place {
  const place = waiting.setAside();
  assert.is.not(place, null);
  return place as Place;
}

/** Three waiters for an item, one after the other. */
async function threeGetters(queue: Queue<string>) {
  const getters = [1, 2, 3].map(() => spawn(() => queue.get())) as [
    Greenlet<string>,
    Greenlet<string>,
    Greenlet<string>,
  ];
  await sleep(0);
  return getters;
}

test('a wait that is set aside is in no line, and is given nothing', async () => {
  const queue = new Queue<string>();
  const getter = spawn(() => queue.get());
  await sleep(0);

  setAside(waitOf(getter));
  queue.putNowait('item');
  await sleep(0);

  assert.is(waitersOf(queue), 0);
  assert.is(getter.ready(), false);
  assert.is(queue.qsize(), 1);
  await getter.kill();
});

test('a wait that is in no line cannot be set aside', async () => {
  const queue = new Queue<string>();
  const getter = spawn(() => queue.get());
  await sleep(0);
  const waiting = waitOf(getter);
  setAside(waiting);

  assert.is(waiting.setAside(), null);

  await getter.kill();
});

test('a completed wait cannot be set aside', async () => {
  const queue = new Queue<string>();
  const getter = spawn(() => queue.get());
  await sleep(0);
  const waiting = waitOf(getter);

  queue.putNowait('item');

  assert.is(waiting.setAside(), null);
  assert.is(await getter, 'item');
});

test('retry() takes what has arrived meanwhile, and ends the wait', async () => {
  const queue = new Queue<string>();
  const getter = spawn(() => queue.get());
  await sleep(0);
  const waiting = waitOf(getter);
  setAside(waiting);
  queue.putNowait('item');

  assert.is(waiting.retry(), true);

  assert.is(queue.qsize(), 0);
  assert.is(await getter, 'item');
});

test('retry() takes nothing if nothing has arrived, and the wait continues', async () => {
  const queue = new Queue<string>();
  const getter = spawn(() => queue.get());
  await sleep(0);
  const waiting = waitOf(getter);
  const place = setAside(waiting);

  assert.is(waiting.retry(), false);
  waiting.standAgain(place);
  queue.putNowait('item');

  assert.is(await getter, 'item');
});

test('retry() ends the wait with an error where waiting is over in that way', async () => {
  const queue = new Queue<string>();
  const getter = spawn(() => outcomeOf(queue.get()));
  await sleep(0);
  const waiting = waitOf(getter);
  setAside(waiting);
  queue.shutdown();

  assert.is(waiting.retry(), true);

  assert.instance((await getter).error, ShutDown);
});

test('retry() acquires a lock for the greenlet that waits, not for the caller', async () => {
  const lock = new Lock();
  await lock.acquire();
  const waiter = spawn(() => lock.acquire());
  await sleep(0);
  const waiting = waitOf(waiter);
  setAside(waiting);
  lock.release();

  assert.is(waiting.retry(), true);

  assert.equal(lock.holders(), [waiter]);
  assert.is(await waiter, true);
});

for (const index of [0, 1, 2]) {
  test(`a wait that returns has its place in line: ${index + 1} of 3`, async () => {
    const queue = new Queue<string>();
    const getters = await threeGetters(queue);
    const waiting = waitOf(getters[index] as Greenlet<string>);

    waiting.standAgain(setAside(waiting));
    for (const item of ['a', 'b', 'c']) queue.putNowait(item);

    assert.equal(await Promise.all(getters), ['a', 'b', 'c']);
  });
}

test('a wait that returns comes before those that came meanwhile', async () => {
  const queue = new Queue<string>();
  const getter = spawn(() => queue.get());
  await sleep(0);
  const waiting = waitOf(getter);
  const place = setAside(waiting);
  const late = spawn(() => queue.get());
  await sleep(0);

  waiting.standAgain(place);
  for (const item of ['a', 'b']) queue.putNowait(item);

  assert.equal([await getter, await late], ['a', 'b']);
});

test('a wait that returns is first if the one before it has left', async () => {
  const queue = new Queue<string>();
  const getters = await threeGetters(queue);
  const waiting = waitOf(getters[1]);
  const place = setAside(waiting);

  queue.putNowait('a');
  waiting.standAgain(place);
  for (const item of ['b', 'c']) queue.putNowait(item);

  assert.equal(await Promise.all(getters), ['a', 'b', 'c']);
});

test('a wait that returns is first if the one before it now waits elsewhere', async () => {
  const queue = new Queue<string>();
  const other = new Queue<string>();
  const first = spawn(function* () {
    return [yield* queue.get(), yield* other.get()];
  });
  const getters = await threeGetters(queue);
  const waiting = waitOf(getters[0]);
  const place = setAside(waiting);
  queue.putNowait('x');
  await sleep(0);

  waiting.standAgain(place);
  for (const item of ['a', 'b', 'c']) queue.putNowait(item);
  other.putNowait('y');

  assert.equal(await Promise.all(getters), ['a', 'b', 'c']);
  assert.equal(await first, ['x', 'y']);
  assertNoTrace(queue, other);
});

test('a putter that is set aside leaves its room to the next, and puts once it stands again', async () => {
  const queue = new Queue<string>(1);
  queue.putNowait('first');
  const putters = ['a', 'b'].map((item) => spawn(() => queue.put(item)));
  await sleep(0);
  const waiting = waitOf(putters[0] as Greenlet<void>);
  const place = setAside(waiting);

  const got = [queue.getNowait()];
  assert.is(waiting.retry(), false);
  waiting.standAgain(place);
  got.push(queue.getNowait(), queue.getNowait());

  assert.equal(got, ['first', 'b', 'a']);
  await Promise.all(putters);
});

test('a putter of a channel that is set aside cannot be met', async () => {
  const channel = new Channel<string>();
  const putter = spawn(() => channel.put('item'));
  await sleep(0);
  const waiting = waitOf(putter);
  const place = setAside(waiting);
  assert.is(channel.ready(), false);

  assert.is(waiting.retry(), false);
  waiting.standAgain(place);

  assert.is(channel.getNowait(), 'item');
  await putter;
});

test('the timeout of a wait that is set aside continues, and a killed one leaves no trace', () =>
  onVirtualTime(async () => {
    const queue = new Queue<string>();
    const late = spawn(() => outcomeOf(queue.get({ timeout: 5 })));
    const killed = spawn(() => queue.get({ timeout: 5 }));
    await sleep(0);
    setAside(waitOf(late));
    setAside(waitOf(killed));

    await killed.kill();

    assert.instance((await late).error, Empty);
    assertNoTrace(queue);
  }));

test('a wait that takes at its retry() stops its timer', () =>
  onVirtualTime(async () => {
    const queue = new Queue<string>();
    const getter = spawn(() => queue.get({ timeout: 1_000 }));
    await sleep(0);
    const waiting = waitOf(getter);
    setAside(waiting);
    queue.putNowait('item');

    waiting.retry();

    assertNoTrace(queue);
    assert.is(await getter, 'item');
  }));

test.run();
