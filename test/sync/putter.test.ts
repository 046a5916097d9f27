import * as assert from 'uvu/assert';
import { Full, joinall, Queue, ShutDown, sleep, spawn } from '../../lib/index.ts';
import { thrownBy } from '../support/failure.ts';
import { suite } from '../support/harness.ts';
import { assertNoTrace } from '../support/leaks.ts';
import { outcomeOf } from '../support/outcome.ts';
import { onVirtualTime } from '../support/virtual-clock.ts';

const test = suite('sync/putter');

function filled<T>(items: readonly T[], maxsize?: number): Queue<T> {
  const queue = new Queue<T>(maxsize);
  for (const item of items) queue.putNowait(item);
  return queue;
}

test('one put() puts its item each time it is waited for', async () => {
  const queue = new Queue<string>();
  const put = queue.put('again');

  await put;
  await put;

  assert.is(queue.qsize(), 2);
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

test('putters are served in the order in which they came, without a killed one', async () => {
  const queue = filled([0], 1);
  const putters = [1, 2, 3].map((item) => spawn(() => queue.put(item)));
  await sleep(0);

  putters[1]?.kill();

  assert.equal([queue.getNowait(), queue.getNowait(), queue.getNowait()], [0, 1, 3]);
  await joinall(putters);
  assertNoTrace(queue);
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

test('shutdown() wakes waiting putters with ShutDown, and they have put nothing', async () => {
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

test('a putter that got its room before the shutdown() has put its item', async () => {
  const queue = filled([1], 1);
  const putter = spawn(() => outcomeOf(queue.put(2)));
  await sleep(0);

  queue.getNowait();
  queue.shutdown();

  assert.equal(await putter, { value: undefined });
  assert.is(queue.getNowait(), 2);
});

test.run();
