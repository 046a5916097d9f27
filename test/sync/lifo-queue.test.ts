import * as assert from 'uvu/assert';
import { Empty, Full, forEach, LifoQueue, ShutDown, sleep, spawn } from '../../lib/index.ts';
import { failureOf, thrownBy } from '../support/failure.ts';
import { suite } from '../support/harness.ts';
import { assertNoTrace } from '../support/leaks.ts';

const test = suite('sync/lifo-queue');

function filled<T>(items: readonly T[], maxsize?: number): LifoQueue<T> {
  const queue = new LifoQueue<T>(maxsize);
  for (const item of items) queue.putNowait(item);
  return queue;
}

test('the item that was put last comes out first', async () => {
  const queue = filled([1, 2]);
  await queue.put(3);

  assert.is(queue.qsize(), 3);
  assert.equal([await queue.get(), queue.getNowait(), await queue.get()], [3, 2, 1]);
  assert.is(queue.empty(), true);
});

test('peek() and peekNowait() give the item that was put last and leave it in place', async () => {
  const queue = filled(['a', 'b']);

  assert.is(queue.peekNowait(), 'b');
  assert.is(await queue.peek(), 'b');
  assert.is(queue.qsize(), 2);
});

test('waiting getters are served in the order in which they came', async () => {
  const queue = new LifoQueue<string>();
  const getters = [spawn(() => queue.get()), spawn(() => queue.get())];
  await sleep(0);

  queue.putNowait('a');
  queue.putNowait('b');

  assert.equal(await Promise.all(getters), ['a', 'b']);
});

test('waiting putters are served in the order in which they came, and their items come out next', async () => {
  const queue = filled([0], 1);
  const putters = [1, 2].map((item) => spawn(() => queue.put(item)));
  await sleep(0);

  assert.equal([queue.getNowait(), queue.getNowait(), queue.getNowait()], [0, 1, 2]);

  await Promise.all(putters);
  assertNoTrace(queue);
});

test('a bounded one is full at its maxsize: putNowait() throws Full and puts nothing', () => {
  const queue = filled([1, 2], 2);

  const error = thrownBy(() => queue.putNowait(3));

  assert.instance(error, Full);
  assert.is(queue.full(), true);
  assert.is(queue.peekNowait(), 2);
});

test('an Empty names it', () => {
  const queue = new LifoQueue<number>();

  const error = thrownBy(() => queue.getNowait());

  assert.ok(error instanceof Empty);
  assert.match(error.message, queue.name);
  assert.match(queue.name, /^LifoQueue#\d+$/);
});

for (const maxsize of [0, -1, 1.5, Number.NaN]) {
  test(`it refuses the maxsize ${maxsize}, and names its class`, () => {
    const error = thrownBy(() => new LifoQueue(maxsize));

    assert.ok(error instanceof RangeError);
    assert.match(error.message, /LifoQueue/);
  });
}

test('after shutdown() it is drained, last in first out, and then raises ShutDown', async () => {
  const queue = filled([1, 2]);
  queue.shutdown();
  const got: number[] = [];

  await forEach(queue, (item) => got.push(item));

  assert.equal(got, [2, 1]);
  assert.instance(await failureOf(queue.get()), ShutDown);
});

test('a killed putter has put nothing, and a killed getter has taken nothing', async () => {
  const full = filled([1], 1);
  const empty = new LifoQueue<number>();
  const putter = spawn(() => full.put(2));
  const getter = spawn(() => empty.get());
  await sleep(0);

  putter.kill();
  getter.kill();
  empty.putNowait(3);

  assert.is(full.getNowait(), 1);
  assert.is(full.empty(), true);
  assert.is(empty.getNowait(), 3);
  assertNoTrace(full, empty);
});

test.run();
