import * as assert from 'uvu/assert';
import { Empty, joinall, killall, Queue, ShutDown, sleep, spawn, wait, withTimeout } from '../../lib/index.ts';
import { thrownBy } from '../support/failure.ts';
import { suite } from '../support/harness.ts';
import { assertNoTrace, waitersOf } from '../support/leaks.ts';
import { outcomeOf } from '../support/outcome.ts';
import { onVirtualTime } from '../support/virtual-clock.ts';

const test = suite('sync/getter');

test('an item goes straight to a waiting getter', async () => {
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

test('waiting peekers see the item that a getter behind them takes', async () => {
  const queue = new Queue<number>();
  const first = spawn(() => queue.peek());
  const second = spawn(() => queue.peek());
  const getter = spawn(() => queue.get());
  await sleep(0);

  queue.putNowait(1);

  assert.equal([await first, await second, await getter], [1, 1, 1]);
  assert.is(queue.empty(), true);
});

test('a peeker behind a getter sees the next item', async () => {
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

test('a getter whose withTimeout passes at the time of the put has taken nothing', () =>
  onVirtualTime(async () => {
    const queue = new Queue<number>();
    spawn(function* () {
      yield* sleep(5);
      queue.putNowait(1);
    });

    // All due timers fire before any greenlet runs.
    const got = await spawn(() => withTimeout(5, queue.get(), { timeoutValue: 'late' }));

    assert.is(got, 'late');
    assert.is(queue.getNowait(), 1);
    assertNoTrace(queue);
  }));

test('shutdown() wakes waiting getters and peekers with ShutDown, and stops their timers', async () => {
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

test('a getter that got its item before the shutdown() keeps it', async () => {
  const queue = new Queue<number>();
  const getter = spawn(() => queue.get());
  await sleep(0);

  queue.putNowait(1);
  queue.shutdown();

  assert.is(await getter, 1);
});

test('an item that goes directly to a getter does not wake watchers of the queue', async () => {
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

test('ten thousand waiters come and go, and leave nothing behind', async () => {
  const queue = new Queue<number>();
  const getters = Array.from({ length: 10_000 }, () => spawn(() => queue.get({ timeout: 60_000 })));
  await sleep(0);
  assert.is(waitersOf(queue), 10_000);

  await killall(getters);

  assertNoTrace(queue);
});

test.run();
