import * as assert from 'uvu/assert';
import type { Aside } from '../../../lib/greenlet/branching.ts';
import type { Wait } from '../../../lib/greenlet/wait.ts';
import type { WaitQueue } from '../../../lib/hub/loop/wait-queue.ts';
import { Suspension } from '../../../lib/hub/parking/suspension.ts';
import { leaveLine } from '../../../lib/hub/parking/taking.ts';
import {
  Channel,
  type Coroutine,
  Empty,
  type Greenlet,
  Lock,
  type Operation,
  Queue,
  race,
  ShutDown,
  sleep,
  spawn,
} from '../../../lib/index.ts';
import { suite } from '../../support/harness.ts';
import { assertNoTrace, waitersOf } from '../../support/leaks.ts';
import { outcomeOf } from '../../support/outcome.ts';
import { onVirtualTime } from '../../support/virtual-clock.ts';

const test = suite('hub/parking/taking');

/** Runs a body as the only branch of a combinator. Only waits of branches are set aside. */
function asBranch<T>(body: Operation<T> | (() => Coroutine<T>)): Greenlet<T> {
  return spawn(() => race([body])) as Greenlet<T>;
}

/** Takes the wait of such a branch out of its line, where it is the first. */
function setAside(owner: Greenlet<unknown>): Aside {
  const [branch] = [...(owner.waiting as Wait).blockers()] as [Greenlet<unknown>];
  const { waiting } = branch as { waiting: unknown };
  assert.instance(waiting, Suspension);
  const wait = waiting as Suspension<unknown>;
  return leaveLine(wait, wait.queue as WaitQueue);
}

/** Three branches that wait for an item, one after the other. */
async function threeGetters(queue: Queue<string>) {
  const getters = [1, 2, 3].map(() => asBranch(queue.get())) as [Greenlet<string>, Greenlet<string>, Greenlet<string>];
  await sleep(0);
  return getters;
}

test('a wait that is set aside is in no line, and is given nothing', async () => {
  const queue = new Queue<string>();
  const getter = asBranch(queue.get());
  await sleep(0);

  setAside(getter);
  queue.putNowait('item');
  await sleep(0);

  assert.is(waitersOf(queue), 0);
  assert.is(getter.ready(), false);
  assert.is(queue.qsize(), 1);
  await getter.kill();
});

test('tryAgain() takes what has arrived meanwhile, and ends the wait', async () => {
  const queue = new Queue<string>();
  const getter = asBranch(queue.get());
  await sleep(0);
  const aside = setAside(getter);
  queue.putNowait('item');

  assert.is(aside.tryAgain(), true);

  assert.is(queue.qsize(), 0);
  assert.is(await getter, 'item');
});

test('tryAgain() takes nothing if nothing has arrived, and the wait continues', async () => {
  const queue = new Queue<string>();
  const getter = asBranch(queue.get());
  await sleep(0);
  const aside = setAside(getter);

  assert.is(aside.tryAgain(), false);
  aside.standAgain();
  queue.putNowait('item');

  assert.is(await getter, 'item');
});

test('tryAgain() ends the wait with an error where waiting is over in that way', async () => {
  const queue = new Queue<string>();
  const getter = asBranch(() => outcomeOf(queue.get()));
  await sleep(0);
  const aside = setAside(getter);
  queue.shutdown();

  assert.is(aside.tryAgain(), true);

  assert.instance((await getter).error, ShutDown);
});

test('tryAgain() acquires a lock for the greenlet that waits, not for the caller', async () => {
  const lock = new Lock();
  await lock.acquire();
  const waiter = asBranch(lock.acquire());
  await sleep(0);
  const aside = setAside(waiter);
  lock.release();

  assert.is(aside.tryAgain(), true);

  assert.equal(lock.holders(), [waiter]);
  assert.is(await waiter, true);
});

for (const order of [[0], [0, 1], [1, 0], [0, 1, 2], [1, 0, 2], [2, 0, 1], [2, 1, 0]]) {
  test(`waits that return have their places in line, in whatever order they return: ${order.join(', ')}`, async () => {
    const queue = new Queue<string>();
    const getters = await threeGetters(queue);
    const asides = getters.slice(0, order.length).map(setAside);

    for (const index of order) (asides[index] as Aside).standAgain();
    for (const item of ['a', 'b', 'c']) queue.putNowait(item);

    assert.equal(await Promise.all(getters), ['a', 'b', 'c']);
  });
}

test('a wait that returns comes before those that came meanwhile', async () => {
  const queue = new Queue<string>();
  const getter = asBranch(queue.get());
  await sleep(0);
  const aside = setAside(getter);
  const late = spawn(() => queue.get());
  await sleep(0);

  aside.standAgain();
  for (const item of ['a', 'b']) queue.putNowait(item);

  assert.equal([await getter, await late], ['a', 'b']);
});

test('a wait that returns is first if the one before it was killed', async () => {
  const queue = new Queue<string>();
  const getters = await threeGetters(queue);
  setAside(getters[0]);
  const aside = setAside(getters[1]);

  await getters[0].kill();
  aside.standAgain();
  for (const item of ['b', 'c']) queue.putNowait(item);

  assert.equal([await getters[1], await getters[2]], ['b', 'c']);
});

test('a wait that returns is first if the one before it now waits elsewhere', async () => {
  const queue = new Queue<string>();
  const other = new Queue<string>();
  const first = asBranch(function* () {
    return [yield* queue.get(), yield* other.get()];
  });
  await sleep(0);
  const getters = await threeGetters(queue);
  const asides = [setAside(first), setAside(getters[0])] as const;
  asides[0].standAgain();
  queue.putNowait('x');
  await sleep(0);

  asides[1].standAgain();
  for (const item of ['a', 'b', 'c']) queue.putNowait(item);
  other.putNowait('y');

  assert.equal(await Promise.all(getters), ['a', 'b', 'c']);
  assert.equal(await first, ['x', 'y']);
  assertNoTrace(queue, other);
});

test('a putter that is set aside leaves its room to the next, and puts once it stands again', async () => {
  const queue = new Queue<string>(1);
  queue.putNowait('first');
  const putters = ['a', 'b'].map((item) => asBranch(queue.put(item)));
  await sleep(0);
  const aside = setAside(putters[0] as Greenlet<void>);

  const got = [queue.getNowait()];
  assert.is(aside.tryAgain(), false);
  aside.standAgain();
  got.push(queue.getNowait(), queue.getNowait());

  assert.equal(got, ['first', 'b', 'a']);
  await Promise.all(putters);
});

test('a putter of a channel that is set aside cannot be met', async () => {
  const channel = new Channel<string>();
  const putter = asBranch(channel.put('item'));
  await sleep(0);
  const aside = setAside(putter);
  assert.is(channel.ready(), false);

  assert.is(aside.tryAgain(), false);
  aside.standAgain();

  assert.is(channel.getNowait(), 'item');
  await putter;
});

test('the timeout of a wait that is set aside continues, and a killed one leaves no trace', () =>
  onVirtualTime(async () => {
    const queue = new Queue<string>();
    const late = asBranch(() => outcomeOf(queue.get({ timeout: 5 })));
    const killed = asBranch(queue.get({ timeout: 5 }));
    await sleep(0);
    setAside(late);
    setAside(killed);

    await killed.kill();

    assert.instance((await late).error, Empty);
    assertNoTrace(queue);
  }));

test('a wait that takes in tryAgain() stops its timer', () =>
  onVirtualTime(async () => {
    const queue = new Queue<string>();
    const getter = asBranch(queue.get({ timeout: 1_000 }));
    await sleep(0);
    const aside = setAside(getter);
    queue.putNowait('item');

    aside.tryAgain();

    assertNoTrace(queue);
    assert.is(await getter, 'item');
  }));

test.run();
