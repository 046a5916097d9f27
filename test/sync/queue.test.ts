import * as assert from 'uvu/assert';
import {
  Empty,
  Full,
  forEach,
  getHub,
  joinall,
  LifoQueue,
  Queue,
  ShutDown,
  sleep,
  spawn,
  Timeout,
  wait,
  withTimeout,
} from '../../lib/index.ts';
import { failureOf, thrownBy } from '../support/failure.ts';
import { suite } from '../support/harness.ts';
import { assertNoTrace } from '../support/leaks.ts';
import { outcomeOf } from '../support/outcome.ts';
import { onVirtualTime } from '../support/virtual-clock.ts';

const test = suite('sync/queue');

function filled<T>(items: readonly T[], maxsize?: number): Queue<T> {
  const queue = new Queue<T>(maxsize);
  for (const item of items) queue.putNowait(item);
  return queue;
}

test('a new queue is empty, not full, and unbounded by default', () => {
  const queue = new Queue<number>();

  assert.is(queue.qsize(), 0);
  assert.is(queue.empty(), true);
  assert.is(queue.full(), false);
  assert.is(queue.ready(), false);
  assert.is(queue.maxsize, Infinity);
});

test('items come out in the order in which they went in', async () => {
  const queue = filled([1, 2]);
  await queue.put(3);

  assert.is(queue.qsize(), 3);
  assert.equal([await queue.get(), queue.getNowait(), await queue.get()], [1, 2, 3]);
  assert.is(queue.empty(), true);
});

test('a bounded queue is full at its maxsize and not before', () => {
  const queue = filled([1], 2);
  assert.is(queue.full(), false);

  queue.putNowait(2);

  assert.is(queue.full(), true);
  assert.is(queue.maxsize, 2);
});

test('undefined, null and false are items like any others', async () => {
  const queue = filled<unknown>([undefined, null, false]);
  const waiter = spawn(function* () {
    return [yield* queue.get(), yield* queue.get(), yield* queue.get(), yield* queue.get()];
  });
  await sleep(0);

  queue.putNowait(undefined);

  assert.equal(await waiter, [undefined, null, false, undefined]);
});

for (const maxsize of [0, -1, 1.5, Number.NaN, -Infinity]) {
  test(`a queue refuses the maxsize ${maxsize}`, () => {
    assert.instance(
      thrownBy(() => new Queue(maxsize)),
      RangeError,
    );
  });
}

test('putNowait() throws Full where there is no room, and puts nothing', () => {
  const queue = filled([1], 1);

  assert.instance(
    thrownBy(() => queue.putNowait(2)),
    Full,
  );

  assert.is(queue.qsize(), 1);
  assert.is(queue.peekNowait(), 1);
});

test('getNowait() and peekNowait() throw Empty where there is nothing', () => {
  const queue = new Queue<number>();

  assert.instance(
    thrownBy(() => queue.getNowait()),
    Empty,
  );
  assert.instance(
    thrownBy(() => queue.peekNowait()),
    Empty,
  );
});

test('peek() and peekNowait() give the next item and leave it in place', async () => {
  const queue = filled(['a', 'b']);

  assert.is(queue.peekNowait(), 'a');
  assert.is(await queue.peek(), 'a');
  assert.is(queue.qsize(), 2);
});

test('put(), get() and peek() that need not wait let no other greenlet run', async () => {
  const queue = new Queue<number>(1);
  let othersRan = false;

  const seen = await spawn(function* () {
    spawn(() => {
      othersRan = true;
    });
    yield* queue.put(1);
    const peeked = yield* queue.peek();
    return { peeked, got: yield* queue.get(), othersRan };
  });

  assert.equal(seen, { peeked: 1, got: 1, othersRan: false });
});

test('an operation that is made and not waited for puts and gets nothing', async () => {
  const queue = filled([1]);

  queue.put(2);
  queue.get();
  queue.next();
  await sleep(0);

  assert.is(queue.qsize(), 1);
});

test('after shutdown() every put raises ShutDown', async () => {
  const queue = new Queue<number>();

  queue.shutdown();

  assert.instance(
    thrownBy(() => queue.putNowait(1)),
    ShutDown,
  );
  assert.instance(await failureOf(queue.put(1)), ShutDown);
  assert.instance(await failureOf(queue.put(1, { timeout: 0 })), ShutDown);
  assert.is(queue.qsize(), 0);
});

test('after shutdown() gets and peeks drain the queue, and then raise ShutDown', async () => {
  const queue = filled([1, 2, 3]);

  queue.shutdown();

  assert.is(await queue.peek(), 1);
  assert.is(await queue.get(), 1);
  assert.is(queue.peekNowait(), 2);
  assert.is(queue.getNowait(), 2);
  assert.is(await queue.get({ timeout: 0 }), 3);
  assert.instance(
    thrownBy(() => queue.getNowait()),
    ShutDown,
  );
  assert.instance(
    thrownBy(() => queue.peekNowait()),
    ShutDown,
  );
  assert.instance(await failureOf(queue.get()), ShutDown);
  assert.instance(await failureOf(queue.peek()), ShutDown);
  assert.instance(await failureOf(queue.get({ timeout: 0 })), ShutDown);
});

test('shutdown({ immediate }) drops all items', async () => {
  const queue = filled([1], 1);
  const putter = spawn(() => outcomeOf(queue.put(2)));
  await sleep(0);

  queue.shutdown({ immediate: true });

  assert.is(queue.qsize(), 0);
  assert.instance(
    thrownBy(() => queue.getNowait()),
    ShutDown,
  );
  assert.ok((await putter).error instanceof ShutDown);
});

test('shutdown() may be called again, and an immediate one then drops the remaining items', () => {
  const queue = filled([1, 2]);
  queue.shutdown();

  queue.shutdown();
  assert.is(queue.qsize(), 2);
  queue.shutdown({ immediate: true });

  assert.is(queue.qsize(), 0);
});

test('a queue that is shut down is ready, for getting need not wait', () => {
  const queue = new Queue<number>();

  queue.shutdown();

  assert.is(queue.ready(), true);
});

test('iterating with for await takes items until the shutdown', async () => {
  const queue = new Queue<number>();
  spawn(function* () {
    for (const item of [1, 2, 3]) yield* queue.put(item);
    yield* sleep(0);
    queue.shutdown();
  });
  const got: number[] = [];

  for await (const item of queue) got.push(item);

  assert.equal(got, [1, 2, 3]);
  assertNoTrace(queue);
});

test('iterating over a queue that was shut down gives the remaining items, and then ends', async () => {
  const queue = filled([1, 2]);
  queue.shutdown();
  const got: number[] = [];

  await forEach(queue, (item) => got.push(item));
  await forEach(queue, (item) => got.push(item));

  assert.equal(got, [1, 2]);
});

test('two iterations share the items', async () => {
  const queue = new Queue<number>();
  const shares: number[][] = [[], []];
  const workers = shares.map((share) =>
    spawn(() =>
      forEach(queue, function* (item) {
        share.push(item);
        yield* sleep(0);
      }),
    ),
  );
  await sleep(0);

  for (const item of [1, 2, 3, 4]) queue.putNowait(item);
  queue.shutdown();
  await joinall(workers);

  assert.equal(shares.flat().sort(), [1, 2, 3, 4]);
  assert.ok(shares.every((share) => share.length > 0));
});

test('next() is a step of iterating: an item, or done', async () => {
  const queue = filled(['a']);
  queue.shutdown();

  assert.equal(await queue.next(), { done: false, value: 'a' });
  assert.equal(await queue.next(), { done: true, value: undefined });
});

test('leaving a for await early leaves the other items in the queue', async () => {
  const queue = filled([1, 2, 3]);

  for await (const item of queue) {
    assert.is(item, 1);
    break;
  }

  assert.is(queue.qsize(), 2);
  assertNoTrace(queue);
});

test('ending an iteration withdraws its step that is still under way, which then takes nothing', async () => {
  const queue = new Queue<number>();
  const iterator = queue[Symbol.asyncIterator]();
  const step = iterator.next();
  await sleep(0);

  await iterator.return?.();
  queue.putNowait(1);
  await sleep(0);

  const left = queue.qsize();
  if (left === 0) await step;
  assert.is(left, 1);
});

test("the hub's wait() reports that a queue has an item, and takes nothing", async () => {
  const queue = new Queue<number>();
  const watching = spawn(() => wait([queue]));
  await sleep(0);

  queue.putNowait(1);

  assert.equal(await watching, [queue]);
  assert.is(queue.qsize(), 1);
  assertNoTrace(queue);
});

test("the hub's wait() reports that a queue is shut down", async () => {
  const queue = new Queue<number>();
  const watching = spawn(() => wait([queue]));
  await sleep(0);

  queue.shutdown();

  assert.equal(await watching, [queue]);
});

test('timeouts name the queue', () =>
  onVirtualTime(async () => {
    const empty = new Queue<number>();
    const full = filled([1], 1);

    const got = await spawn(() => outcomeOf(empty.get({ timeout: 5 })));
    const put = await spawn(() => outcomeOf(full.put(2, { timeout: 5 })));

    assert.match((got.error as Error).message, new RegExp(empty.name));
    assert.match((put.error as Error).message, new RegExp(full.name));
    assert.is(getHub().now(), 10);
  }));

test('Empty and Full are not Timeouts, so they differ from an outer withTimeout', () =>
  onVirtualTime(async () => {
    const queue = new Queue<number>();

    const own = await spawn(() => outcomeOf(queue.get({ timeout: 1 })));
    const outer = await spawn(() => outcomeOf(withTimeout(1, queue.get())));

    assert.is(own.error instanceof Timeout, false);
    assert.ok(outer.error instanceof Timeout);
  }));

test('a kill whose reason is a ShutDown does not end an iteration normally', async () => {
  const queue = new Queue<number>();
  const reason = new ShutDown('the server stops');
  const taker = spawn(function* () {
    yield* forEach(queue, () => {});
    return 'all seen';
  });
  await sleep(0);

  await taker.kill({ reason });

  assert.is(taker.exception, reason);
});

for (const [Kind, items] of [
  [Queue, [1, 2, 3]],
  [LifoQueue, [3, 2, 1]],
] as const) {
  test(`an item that is put back into a ${Kind.name} is the next to be taken, even if the queue is full or shut down`, () => {
    const queue: Queue<number> = new Kind<number>(3);
    for (const item of [1, 2, 3]) queue.putNowait(item);
    const first = queue.getNowait();
    queue.putNowait(4);

    queue.putBack(first);
    queue.shutdown();

    assert.is(first, items[0]);
    assert.is(queue.qsize(), 4);
    assert.is(queue.getNowait(), first);
  });
}

test('an item that is put back goes to a waiting getter', async () => {
  const queue = new Queue<string>();
  queue.putNowait('item');
  const item = queue.getNowait();
  const getter = spawn(() => queue.get());
  await sleep(0);

  queue.putBack(item);

  assert.is(await getter, 'item');
  assert.is(queue.qsize(), 0);
});

test.run();
