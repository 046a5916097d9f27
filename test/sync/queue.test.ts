import * as assert from 'uvu/assert';
import {
  Empty,
  Full,
  forEach,
  getHub,
  joinall,
  killall,
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
import { assertNoTrace, waitersOf } from '../support/leaks.ts';
import { outcomeOf } from '../support/outcome.ts';
import { onVirtualTime } from '../support/virtual-clock.ts';

const test = suite('sync/queue');

function filled<T>(items: readonly T[], maxsize?: number): Queue<T> {
  const queue = new Queue<T>(maxsize);
  for (const item of items) queue.putNowait(item);
  return queue;
}

test('a new queue is empty, not full, and unbounded unless told otherwise', () => {
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

test('put(), get() and peek() that need not wait let nobody else run', async () => {
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

test('one put() puts its item each time it is waited for', async () => {
  const queue = new Queue<string>();
  const put = queue.put('again');

  await put;
  await put;

  assert.is(queue.qsize(), 2);
});

test('an item goes straight to a getter who waits', async () => {
  const queue = new Queue<number>();
  const getter = spawn(() => queue.get());
  await sleep(0);

  queue.putNowait(1);

  assert.is(queue.qsize(), 0);
  assert.instance(
    thrownBy(() => queue.getNowait()),
    Empty,
  );
  assert.is(await getter, 1);
});

test('a full queue takes from its first putter as soon as there is room', async () => {
  const queue = filled([1], 1);
  const putters = [spawn(() => queue.put(2)), spawn(() => queue.put(3))];
  await sleep(0);

  assert.is(queue.getNowait(), 1);

  assert.is(queue.qsize(), 1);
  assert.is(queue.full(), true);
  assert.instance(
    thrownBy(() => queue.putNowait(4)),
    Full,
  );
  assert.equal([queue.getNowait(), queue.getNowait()], [2, 3]);
  await joinall(putters);
});

test('putters are served in the order in which they began to wait, past one that was killed', async () => {
  const queue = filled([0], 1);
  const putters = [1, 2, 3].map((item) => spawn(() => queue.put(item)));
  await sleep(0);

  putters[1]?.kill();

  assert.equal([queue.getNowait(), queue.getNowait(), queue.getNowait()], [0, 1, 3]);
  await joinall(putters);
  assertNoTrace(queue);
});

test('getters are served in the order in which they began to wait', async () => {
  const queue = new Queue<string>();
  const getters = [1, 2, 3].map(() => spawn(() => queue.get()));
  await sleep(0);

  for (const item of ['a', 'b', 'c']) queue.putNowait(item);
  await joinall(getters);

  assert.equal(
    getters.map(({ value }) => value),
    ['a', 'b', 'c'],
  );
});

test('peekers who wait see the item that a getter behind them gets', async () => {
  const queue = new Queue<number>();
  const first = spawn(() => queue.peek());
  const second = spawn(() => queue.peek());
  const getter = spawn(() => queue.get());
  await sleep(0);

  queue.putNowait(1);

  assert.equal([await first, await second, await getter], [1, 1, 1]);
  assert.is(queue.empty(), true);
});

test('a peeker behind a getter sees the item after his', async () => {
  const queue = new Queue<number>();
  const getter = spawn(() => queue.get());
  const peeker = spawn(() => queue.peek());
  await sleep(0);

  queue.putNowait(1);
  await getter;
  assert.is(peeker.ready(), false);
  queue.putNowait(2);

  assert.is(await peeker, 2);
  assert.is(queue.getNowait(), 2);
});

test('a killed putter has put nothing', async () => {
  const queue = filled([1], 1);
  const putter = spawn(() => queue.put(2));
  await sleep(0);

  putter.kill();
  assert.is(queue.getNowait(), 1);
  await putter.join();

  assert.is(queue.empty(), true);
  assertNoTrace(queue);
});

test('a killed getter has taken nothing', async () => {
  const queue = new Queue<number>();
  const getter = spawn(() => queue.get());
  await sleep(0);

  getter.kill();
  queue.putNowait(1);
  await getter.join();

  assert.is(queue.getNowait(), 1);
  assertNoTrace(queue);
});

test('a getter whose withTimeout is up at the very time of the put has taken nothing', () =>
  onVirtualTime(async () => {
    const queue = new Queue<number>();
    spawn(function* () {
      yield* sleep(5);
      queue.putNowait(1);
    });

    // All timers that are due fire before anybody runs.
    const got = await spawn(() => withTimeout(5, queue.get(), { timeoutValue: 'late' }));

    assert.is(got, 'late');
    assert.is(queue.getNowait(), 1);
    assertNoTrace(queue);
  }));

test('a bounded queue keeps a fast producer at the pace of its consumer', () =>
  onVirtualTime(async () => {
    const queue = new Queue<number>(2);
    let most = 0;
    spawn(function* () {
      for (let item = 0; item < 10; item += 1) {
        yield* queue.put(item);
        most = Math.max(most, queue.qsize());
      }
    });
    const got: number[] = [];

    await spawn(function* () {
      while (got.length < 10) {
        got.push(yield* queue.get());
        yield* sleep(1);
      }
    });

    assert.equal(got, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    assert.is(most, 2);
  }));

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

test('after shutdown() gets and peeks drain what is there, and raise ShutDown then', async () => {
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

test('shutdown() wakes getters and peekers who wait with ShutDown, and stops their timers', async () => {
  const queue = new Queue<number>();
  const waiters = [
    spawn(() => outcomeOf(queue.get())),
    spawn(() => outcomeOf(queue.peek())),
    spawn(() => outcomeOf(queue.get({ timeout: 1_000 }))),
  ];
  await sleep(0);

  queue.shutdown();

  for (const waiter of waiters) assert.ok((await waiter).error instanceof ShutDown);
  assertNoTrace(queue);
});

test('shutdown() wakes putters who wait with ShutDown, and they have put nothing', async () => {
  const queue = filled([1], 1);
  const putters = [spawn(() => outcomeOf(queue.put(2))), spawn(() => outcomeOf(queue.put(3, { timeout: 1_000 })))];
  await sleep(0);

  queue.shutdown();

  for (const putter of putters) assert.ok((await putter).error instanceof ShutDown);
  assert.is(queue.getNowait(), 1);
  assert.instance(
    thrownBy(() => queue.getNowait()),
    ShutDown,
  );
  assertNoTrace(queue);
});

test('shutdown({ immediate }) drops what is there', async () => {
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

test('shutdown() may be called again, and an immediate one then drops what was left', () => {
  const queue = filled([1, 2]);
  queue.shutdown();

  queue.shutdown();
  assert.is(queue.qsize(), 2);
  queue.shutdown({ immediate: true });

  assert.is(queue.qsize(), 0);
});

test('a getter that got its item before the shutdown() keeps it', async () => {
  const queue = new Queue<number>();
  const getter = spawn(() => queue.get());
  await sleep(0);

  queue.putNowait(1);
  queue.shutdown();

  assert.is(await getter, 1);
});

test('a putter that got its room before the shutdown() has put its item', async () => {
  const queue = filled([1], 1);
  const putter = spawn(() => outcomeOf(queue.put(2)));
  await sleep(0);

  queue.getNowait();
  queue.shutdown();

  assert.equal(await putter, { value: undefined });
  assert.is(queue.getNowait(), 2);
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

test('iterating gives what is left in a queue that was shut down, and then ends', async () => {
  const queue = filled([1, 2]);
  queue.shutdown();
  const got: number[] = [];

  await forEach(queue, (item) => got.push(item));
  await forEach(queue, (item) => got.push(item));

  assert.equal(got, [1, 2]);
});

test('two who iterate share the items', async () => {
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

test('wait() of the hub tells when a queue has an item, and takes nothing', async () => {
  const queue = new Queue<number>();
  const watching = spawn(() => wait([queue]));
  await sleep(0);

  queue.putNowait(1);

  assert.equal(await watching, [queue]);
  assert.is(queue.qsize(), 1);
  assertNoTrace(queue);
});

test('wait() of the hub tells when a queue is shut down', async () => {
  const queue = new Queue<number>();
  const watching = spawn(() => wait([queue]));
  await sleep(0);

  queue.shutdown();

  assert.equal(await watching, [queue]);
});

test('an item that goes straight to a getter is no news to those who watch the queue', async () => {
  const queue = new Queue<number>();
  const watching = spawn(() => wait([queue]));
  const getter = spawn(() => queue.get());
  await sleep(0);

  queue.putNowait(1);
  await getter;

  assert.is(watching.ready(), false);
  await watching.kill();
  assertNoTrace(queue);
});

test('timeouts tell the queue by name', () =>
  onVirtualTime(async () => {
    const empty = new Queue<number>();
    const full = filled([1], 1);

    const got = await spawn(() => outcomeOf(empty.get({ timeout: 5 })));
    const put = await spawn(() => outcomeOf(full.put(2, { timeout: 5 })));

    assert.match((got.error as Error).message, new RegExp(empty.name));
    assert.match((put.error as Error).message, new RegExp(full.name));
    assert.is(getHub().now(), 10);
  }));

test('an Empty and a Full are no Timeout, so that an outer withTimeout is told apart', () =>
  onVirtualTime(async () => {
    const queue = new Queue<number>();

    const own = await spawn(() => outcomeOf(queue.get({ timeout: 1 })));
    const outer = await spawn(() => outcomeOf(withTimeout(1, queue.get())));

    assert.is(own.error instanceof Timeout, false);
    assert.ok(outer.error instanceof Timeout);
  }));

test('ten thousand waiters come and go, and leave nothing behind', async () => {
  const queue = new Queue<number>();
  const getters = Array.from({ length: 10_000 }, () => spawn(() => queue.get({ timeout: 60_000 })));
  await sleep(0);
  assert.is(waitersOf(queue), 10_000);

  await killall(getters);

  assertNoTrace(queue);
});

test('a kill whose reason is a ShutDown is no end of the queue for who iterates', async () => {
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

test.run();
