import * as assert from 'uvu/assert';
import {
  Channel,
  type Coroutine,
  Empty,
  Full,
  forEach,
  JoinableQueue,
  joinall,
  killall,
  Queue,
  ShutDown,
  sleep,
  spawn,
  withTimeout,
} from '../../lib/index.ts';
import type { Random } from '../../lib/testing/index.ts';
import { suite } from '../support/harness.ts';
import { dropsItems, queueKinds } from '../support/kinds.ts';
import { assertNoTrace } from '../support/leaks.ts';
import { allEnded, exploreMany } from './schedules.ts';
import { inTime, pause, several, sorted } from './steps.ts';

const test = suite('explore/queues');

const kinds: Record<string, () => Queue<number>> = {
  'a Queue of 2': () => new Queue(2),
  ...Object.fromEntries(queueKinds.map((Kind) => [`a ${Kind.name} of 1`, () => new Kind<number>(1)])),
  ...Object.fromEntries(queueKinds.map((Kind) => [`a ${Kind.name} without bound`, () => new Kind<number>()])),
  'a Channel': () => new Channel(),
};

/** Records puts and gets. No item may come out twice, and none may be lost unless the queue drops items. */
class Books {
  readonly put: number[] = [];
  readonly got: number[] = [];
  private last = 0;

  next(): number {
    this.last += 1;
    return this.last;
  }

  check(queue: Queue<number>): void {
    const left: number[] = [];
    while (queue.qsize() > 0) left.push(queue.getNowait());
    const out = sorted([...this.got, ...left]);
    assert.equal(out, sorted(mayDrop(queue) ? this.put.filter((item) => out.includes(item)) : this.put));
    assertNoTrace(queue);
  }
}

function mayDrop(queue: Queue<number>): boolean {
  return queueKinds.some((Kind) => queue.constructor === Kind && dropsItems(Kind));
}

function* putting(random: Random, queue: Queue<number>, books: Books, times = 2): Coroutine<void> {
  for (let round = 0; round < times; round += 1) {
    yield* pause(random);
    const item = books.next();
    try {
      const timeout = random.pick([0, 1, 2, Infinity]);
      if ((yield* inTime(random, queue.put(item, { timeout }))) !== null) books.put.push(item);
      assert.ok(queue.qsize() <= queue.maxsize, `${queue.qsize()} items`);
    } catch (error) {
      if (!(error instanceof Full) && !(error instanceof ShutDown)) throw error;
    }
  }
}

function* getting(random: Random, queue: Queue<number>, books: Books, times = 2): Coroutine<void> {
  for (let round = 0; round < times; round += 1) {
    yield* pause(random);
    try {
      const got = yield* inTime(random, queue.get({ timeout: random.pick([0, 1, 2, Infinity]) }));
      if (got !== null) books.got.push(got.value);
    } catch (error) {
      if (!(error instanceof Empty) && !(error instanceof ShutDown)) throw error;
    }
  }
}

for (const [kind, make] of Object.entries(kinds)) {
  test(`${kind} loses nothing and gives nothing twice`, async () => {
    await exploreMany('each kind of queue', function* (random) {
      const queue = make();
      const books = new Books();
      const workers = [
        ...several(2, () => putting(random, queue, books)),
        ...several(2, () => getting(random, queue, books)),
      ];
      yield* sleep(random.int(1, 6));
      yield* killall(workers);
      yield* allEnded(workers);
      books.check(queue);
    });
  });

  test(`nobody waits in vain at ${kind}, whoever else is killed`, async () => {
    const scenario = function* (random: Random) {
      const queue = make();
      const books = new Books();
      const putters = several(3, function* mortal() {
        for (let round = 0; round < 2; round += 1) {
          const item = books.next();
          yield* queue.put(item);
          books.put.push(item);
          yield* pause(random);
        }
      });
      const getter = spawn(function* immortal() {
        yield* pause(random);
        yield* forEach(queue, function* (item) {
          books.got.push(item);
          yield* pause(random);
        });
      });
      // A lost wake-up is a deadlock here.
      yield* allEnded(putters);
      if (queue instanceof JoinableQueue) for (const _ of books.put) queue.taskDone();
      queue.shutdown();
      yield* allEnded([getter]);
      assert.is(queue.qsize(), 0);
      books.check(queue);
    };
    await exploreMany('nobody waits in vain', scenario, ({ run }) => run.name === 'mortal');
  });

  test(`${kind} that is shut down is drained, and all iterations over it end`, async () => {
    await exploreMany('a queue that is shut down', function* (random) {
      const queue = make();
      const books = new Books();
      const consumers = several(2, () =>
        forEach(queue, function* (item) {
          books.got.push(item);
          yield* pause(random);
        }),
      );
      const producers = several(2, () => putting(random, queue, books));
      if (random.chance(0.3)) spawn(() => queue.shutdown());
      // If all consumers were killed, nothing else ends the wait of a producer.
      yield* joinall(producers, { timeout: 10 });
      queue.shutdown();
      yield* allEnded([...consumers, ...producers]);
      books.check(queue);
    });
  });
}

test('one getter sees the items of one putter in their order', async () => {
  await exploreMany('a queue in line', function* (random) {
    const queue = random.pick([new Queue<number>(1), new Queue<number>(), new Channel<number>()]);
    const books = new Books();
    const putter = spawn(putting, random, queue, books, 4);
    const getter = spawn(getting, random, queue, books, 4);
    const other = spawn(function* () {
      // It only joins the line and leaves it again.
      yield* withTimeout(1, queue.peek(), { timeoutValue: null });
    });
    const mayBeLate = [putter, getter, other];
    yield* sleep(12);
    yield* killall(mayBeLate);
    assert.equal(books.got, sorted(books.got));
    books.check(queue);
  });
});

test('peek() takes nothing, whatever other waiters there are', async () => {
  await exploreMany('an item that is only looked at', function* (random) {
    const queue = random.pick([new Queue<number>(1), new Queue<number>(), new Channel<number>()]);
    const books = new Books();
    const seen: number[] = [];
    const peekers = several(2, function* () {
      const got = yield* inTime(random, queue.peek());
      if (got !== null) seen.push(got.value);
    });
    const workers = [spawn(putting, random, queue, books), spawn(getting, random, queue, books, 1), ...peekers];
    yield* sleep(8);
    yield* killall(workers);
    assert.ok(seen.every((item) => item > 0 && item <= 2));
    books.check(queue);
  });
});

test('join() of a JoinableQueue comes when all tasks are done, and no sooner', async () => {
  await exploreMany('tasks of a JoinableQueue', function* (random) {
    const tasks = new JoinableQueue<number>(random.pick([1, 2, Infinity]));
    let underWay = 0;
    let finished = 0;
    const workers = several(2, () =>
      forEach(tasks, function* () {
        underWay += 1;
        try {
          yield* pause(random);
        } finally {
          underWay -= 1;
          finished += 1;
          tasks.taskDone();
        }
      }),
    );
    const joined = spawn(function* () {
      yield* sleep(1);
      const putBefore = finished + tasks.unfinishedTasks;
      const done = yield* tasks.join({ timeout: random.pick([0, 2, Infinity]) });
      // Other items may have been put since it was woken.
      if (done) assert.ok(finished >= putBefore);
    });
    let put = 0;
    const producer = spawn(function* () {
      for (; put < 3; put += 1) yield* tasks.put(put);
    });
    yield* sleep(15);
    yield* killall([producer, joined]);
    tasks.shutdown();
    yield* allEnded([...workers, producer]);
    assert.is(underWay, 0);
    assert.is(tasks.unfinishedTasks, put - finished);
    assert.is(tasks.qsize(), put - finished);
    assertNoTrace(tasks);
  });
});

test.run();
