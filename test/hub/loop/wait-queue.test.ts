import * as assert from 'uvu/assert';
import { leaveQueue, type Waiter, WaitQueue } from '../../../lib/hub/loop/wait-queue.ts';
import { Event, sleep, spawn } from '../../../lib/index.ts';
import { suite } from '../../support/harness.ts';

const test = suite('WaitQueue');

class Standing implements Waiter {
  queue: WaitQueue | null = null;
  before: Waiter | null = null;
  after: Waiter | null = null;
  readonly name: string;
  readonly notify: () => void;

  constructor(name: string, notify: () => void = () => {}) {
    this.name = name;
    this.notify = notify;
  }
}

function names(queue: WaitQueue): string[] {
  return [...queue].map((waiter) => (waiter as Standing).name);
}

test('waiters leave in the order in which they came', () => {
  const queue = new WaitQueue<Standing>();
  for (const name of ['a', 'b', 'c']) queue.push(new Standing(name));

  assert.equal([queue.shift()?.name, queue.shift()?.name, queue.shift()?.name], ['a', 'b', 'c']);
  assert.is(queue.shift(), null);
  assert.is(queue.first, null);
  assert.is(queue.last, null);
});

for (const leaving of ['a', 'b', 'c']) {
  test(`a waiter may leave from any place: ${leaving}`, () => {
    const queue = new WaitQueue();
    const waiters = ['a', 'b', 'c'].map((name) => new Standing(name));
    for (const waiter of waiters) queue.push(waiter);
    const left = waiters.find(({ name }) => name === leaving) as Standing;

    leaveQueue(left);
    leaveQueue(left);

    assert.equal(
      names(queue),
      ['a', 'b', 'c'].filter((name) => name !== leaving),
    );
    assert.equal([left.queue, left.before, left.after], [null, null, null]);
    queue.push(left);
    assert.is(names(queue).at(-1), leaving);
  });
}

for (const { behind, order } of [
  { behind: null, order: ['new', 'a', 'b', 'c'] },
  { behind: 'a', order: ['a', 'new', 'b', 'c'] },
  { behind: 'b', order: ['a', 'b', 'new', 'c'] },
  { behind: 'c', order: ['a', 'b', 'c', 'new'] },
]) {
  test(`insertAfter() puts a waiter ${behind === null ? 'in front of all' : `behind ${behind}`}`, () => {
    const queue = new WaitQueue<Standing>();
    const waiters = ['a', 'b', 'c'].map((name) => new Standing(name));
    for (const waiter of waiters) queue.push(waiter);
    const inserted = new Standing('new');

    queue.insertAfter(inserted, waiters.find(({ name }) => name === behind) ?? null);

    assert.equal(names(queue), order);
    assert.is(inserted.queue, queue);
    assert.is(queue.first?.name, order[0]);
    assert.is(queue.last?.name, order[3]);
    const backwards: string[] = [];
    for (let waiter: Waiter | null = queue.last; waiter !== null; waiter = waiter.before) {
      backwards.push((waiter as Standing).name);
    }
    assert.equal(backwards, [...order].reverse());
  });
}

test('insertAfter() into an empty queue makes a queue of one, which can be left', () => {
  const queue = new WaitQueue<Standing>();
  const only = new Standing('only');

  queue.insertAfter(only, null);
  assert.equal([queue.first, queue.last], [only, only]);
  leaveQueue(only);

  assert.equal([queue.first, queue.last], [null, null]);
  assert.equal([only.queue, only.before, only.after], [null, null, null]);
});

test('a waiter that left and is inserted at its old place leaves in its old turn', () => {
  const queue = new WaitQueue<Standing>();
  const [a, b, c] = ['a', 'b', 'c'].map((name) => new Standing(name)) as [Standing, Standing, Standing];
  for (const waiter of [a, b, c]) queue.push(waiter);
  queue.remove(b);
  queue.push(new Standing('late'));

  queue.insertAfter(b, a);

  assert.equal(names(queue), ['a', 'b', 'c', 'late']);
});

test('notifyAll() notifies all that stand in the queue, in order, already out of it', () => {
  const queue = new WaitQueue();
  const log: string[] = [];
  for (const name of ['a', 'b', 'c']) {
    const waiter: Standing = new Standing(name, () => log.push(`${name} ${waiter.queue === null}`));
    queue.push(waiter);
  }

  queue.notifyAll();

  assert.equal(log, ['a true', 'b true', 'c true']);
  assert.is(queue.first, null);
});

test('waiters that join while notifyAll() runs wait for the next call', () => {
  const queue = new WaitQueue();
  const log: string[] = [];
  const again: Standing = new Standing('again', () => {
    log.push('again');
    queue.push(again);
  });
  queue.push(again);

  queue.notifyAll();

  assert.equal(log, ['again']);
  assert.equal(names(queue), ['again']);
});

test('waiters that join while notifyAll() runs wait for the next call, even if the last one leaves meanwhile', () => {
  const queue = new WaitQueue();
  const log: string[] = [];
  const last = new Standing('last', () => log.push('last'));
  const late = new Standing('late', () => log.push('late'));
  queue.push(
    new Standing('first', () => {
      log.push('first');
      leaveQueue(last);
      queue.push(late);
    }),
  );
  queue.push(last);

  queue.notifyAll();

  assert.equal(log, ['first']);
  assert.equal(names(queue), ['late']);
});

test('notifyAll() of an empty queue does nothing', () => {
  new WaitQueue().notifyAll();
});

test('waiters wake in the order in which they began to wait', async () => {
  const event = new Event();
  const order: number[] = [];
  const jobs = [1, 2, 3, 4].map((number) =>
    spawn(function* () {
      yield* event.wait();
      order.push(number);
    }),
  );
  await sleep(0);

  await jobs[1]?.kill();
  event.set();
  await Promise.all(jobs.map((job) => job.join()));

  assert.equal(order, [1, 3, 4]);
});

test.run();
