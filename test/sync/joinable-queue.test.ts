import * as assert from 'uvu/assert';
import {
  Full,
  forEach,
  GreenletError,
  JoinableQueue,
  joinall,
  ShutDown,
  sleep,
  spawn,
  Timeout,
  withTimeout,
} from '../../lib/index.ts';
import { failureOf, thrownBy } from '../support/failure.ts';
import { suite } from '../support/harness.ts';
import { assertNoTrace } from '../support/leaks.ts';
import { outcomeOf } from '../support/outcome.ts';
import { onVirtualTime } from '../support/virtual-clock.ts';

const test = suite('sync/joinable-queue');

function filled<T>(items: readonly T[], maxsize?: number): JoinableQueue<T> {
  const queue = new JoinableQueue<T>(maxsize);
  for (const item of items) queue.putNowait(item);
  return queue;
}

test('join() of a new queue need not wait', async () => {
  const queue = new JoinableQueue<string>();

  assert.is(queue.unfinishedTasks, 0);
  assert.is(await queue.join({ timeout: 0 }), true);
});

test('each put adds a task, and each taskDone() finishes one', async () => {
  const queue = filled(['a']);
  await queue.put('b');
  assert.is(queue.unfinishedTasks, 2);

  queue.getNowait();
  assert.is(queue.unfinishedTasks, 2, 'what was got is not done yet');
  queue.taskDone();

  assert.is(queue.unfinishedTasks, 1);
});

test('an item that goes directly to a waiting getter is a task as well', async () => {
  const queue = new JoinableQueue<string>();
  const getter = spawn(() => queue.get());
  await sleep(0);

  queue.putNowait('a');

  assert.is(queue.unfinishedTasks, 1);
  await getter;
  assert.is(await queue.join({ timeout: 0 }), false);
  queue.taskDone();
  assert.is(await queue.join(), true);
});

test('a put that has to wait adds its task when it gets in', async () => {
  const queue = filled([1], 1);
  const putter = spawn(() => queue.put(2));
  await sleep(0);
  assert.is(queue.unfinishedTasks, 1);

  queue.getNowait();

  assert.is(queue.unfinishedTasks, 2);
  await putter;
});

test('a put that was refused, cancelled or late adds no task', () =>
  onVirtualTime(async () => {
    const queue = filled([1], 1);
    const killed = spawn(() => queue.put(2));
    const late = spawn(() => outcomeOf(queue.put(3, { timeout: 5 })));
    const cancelled = spawn(() => outcomeOf(withTimeout(5, queue.put(4))));
    await sleep(0);

    await killed.kill();
    assert.instance(
      thrownBy(() => queue.putNowait(5)),
      Full,
    );
    assert.ok((await late).error instanceof Full);
    assert.ok((await cancelled).error instanceof Timeout);

    assert.is(queue.unfinishedTasks, 1);
    assertNoTrace(queue);
  }));

test('a peek and a killed get finish and take nothing', async () => {
  const queue = new JoinableQueue<string>();
  const peeker = spawn(() => queue.peek());
  const getter = spawn(() => queue.get());
  await sleep(0);

  getter.kill();
  queue.putNowait('a');

  assert.is(await peeker, 'a');
  assert.is(queue.unfinishedTasks, 1);
  assert.is(queue.qsize(), 1);
});

test('join() waits until the last task is done', () =>
  onVirtualTime(async () => {
    const queue = filled([1, 2, 3]);
    const done: number[] = [];
    spawn(function* worker() {
      yield* forEach(queue, function* (item) {
        yield* sleep(10);
        done.push(item);
        queue.taskDone();
      });
    });

    assert.is(await queue.join(), true);

    assert.equal(done, [1, 2, 3]);
    queue.shutdown();
  }));

test('all joiners continue, in the order in which they came', async () => {
  const queue = filled(['a']);
  const order: number[] = [];
  const joiners = [1, 2, 3].map((id) =>
    spawn(function* () {
      yield* queue.join();
      order.push(id);
    }),
  );
  await sleep(0);

  queue.taskDone();
  await joinall(joiners);

  assert.equal(order, [1, 2, 3]);
});

test('a joiner continues once all was done, even if more items are put before it runs', async () => {
  const queue = filled(['a']);
  const joiner = spawn(() => queue.join());
  await sleep(0);

  queue.taskDone();
  queue.putNowait('b');

  assert.is(await joiner, true);
  assert.is(queue.unfinishedTasks, 1);
});

test('join({ timeout }) gives false when the time is up first', () =>
  onVirtualTime(async () => {
    const queue = filled(['a']);

    assert.is(await queue.join({ timeout: 5 }), false);

    assertNoTrace(queue);
  }));

test('taskDone() without an unfinished task throws, names the queue, and changes nothing', async () => {
  const queue = filled(['a']);
  queue.taskDone();

  const error = thrownBy(() => queue.taskDone());

  assert.ok(error instanceof GreenletError);
  assert.match(error.message, queue.name);
  assert.is(queue.unfinishedTasks, 0);
  assert.is(await queue.join({ timeout: 0 }), true);
});

test('shutdown() leaves the remaining items to be done, and join() waits for them', async () => {
  const queue = filled(['a', 'b']);

  queue.shutdown();

  assert.is(queue.unfinishedTasks, 2);
  assert.is(await queue.join({ timeout: 0 }), false);
  await forEach(queue, () => queue.taskDone());
  assert.is(await queue.join(), true);
});

test('items that shutdown({ immediate }) drops count as done, items that were got before do not', async () => {
  const queue = filled(['a', 'b', 'c']);
  queue.getNowait();
  const joiner = spawn(() => queue.join());
  await sleep(0);

  queue.shutdown({ immediate: true });
  assert.is(queue.unfinishedTasks, 1);
  await sleep(0);
  assert.is(joiner.ready(), false);
  queue.taskDone();

  assert.is(await joiner, true);
});

test('shutdown({ immediate }) wakes joiners if all items were dropped', async () => {
  const queue = filled(['a', 'b']);
  const joiner = spawn(() => queue.join());
  await sleep(0);

  queue.shutdown({ immediate: true });

  assert.is(await joiner, true);
  assert.is(queue.unfinishedTasks, 0);
});

test('a putter that is refused by the shutdown() adds no task', async () => {
  const queue = filled(['a'], 1);
  const putter = spawn(() => outcomeOf(queue.put('b')));
  await sleep(0);

  queue.shutdown();

  assert.ok((await putter).error instanceof ShutDown);
  assert.is(queue.unfinishedTasks, 1);
  assert.instance(await failureOf(queue.put('c')), ShutDown);
  assert.is(queue.unfinishedTasks, 1);
});

test('a joiner is described by the name of the queue', async () => {
  const queue = filled(['a']);
  queue.name = 'the mill';
  const joiner = spawn(() => queue.join());
  await sleep(0);

  assert.is(joiner.waiting?.describe(), 'all tasks of the mill to be done');

  await joiner.kill();
});

for (const maxsize of [0, -1, 1.5, Number.NaN]) {
  test(`it refuses the maxsize ${maxsize}, and names its class`, () => {
    const error = thrownBy(() => new JoinableQueue(maxsize));

    assert.ok(error instanceof RangeError);
    assert.match(error.message, /JoinableQueue/);
  });
}

test.run();
