import * as assert from 'uvu/assert';
import { Queue, sleep, spawn } from '../../lib/index.ts';
import { VirtualClock, waitAllBlocked } from '../../lib/testing/index.ts';
import { suite } from '../support/harness.ts';

const test = suite('testing/wait-all-blocked');

test('it waits until every other greenlet is blocked', async () => {
  const queue = new Queue<number>();
  let steps = 0;
  const worker = spawn(function* () {
    for (; steps < 50; steps += 1) yield* sleep(0);
    return yield* queue.get();
  });

  await waitAllBlocked();

  assert.is(steps, 50);
  assert.not(worker.ready());
  queue.putNowait(1);
  assert.is(await worker, 1);
});

test('it works in a greenlet, and two of them do not wait for each other', async () => {
  const order: string[] = [];
  const watch = function* (name: string) {
    yield* waitAllBlocked();
    order.push(name);
  };

  await Promise.all([spawn(watch, 'a'), spawn(watch, 'b')]);

  assert.equal(order, ['a', 'b']);
});

test('no virtual time passes for it', async () => {
  using clock = VirtualClock.install();
  const napper = spawn(() => sleep(10));

  await waitAllBlocked();

  assert.is(clock.now(), 0);
  assert.not(napper.ready());
  await napper;
});

test('it comes at once where nothing else is there', async () => {
  assert.is(await waitAllBlocked(), undefined);
});

test.run();
