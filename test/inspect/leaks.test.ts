import * as assert from 'uvu/assert';
import { Event, getHub, killall, Queue, sleep, spawn } from '../../lib/index.ts';
import { leakWarnings } from '../../lib/inspect/leaks.ts';
import { waitAllBlocked } from '../../lib/testing/index.ts';
import { suite } from '../support/harness.ts';

const test = suite('inspect/leaks');

function* load(queue: Queue<number>) {
  yield* queue.get();
}

test('a thousand greenlets of one function at one place are a leak', async () => {
  const [queue, other] = [new Queue<number>(), new Queue<number>()];
  const crowd = Array.from({ length: 1_000 }, () => spawn(load, queue));
  const others = [spawn(load, other), spawn(() => queue.get())];
  await waitAllBlocked();
  const found = leakWarnings([...others, ...crowd]);

  assert.equal(found, [
    {
      kind: 'leak',
      message: `1000 greenlets of load wait for an item of ${queue.name}`,
      greenlets: crowd.map(({ id }) => id),
    },
  ]);
  assert.equal(leakWarnings(crowd.slice(1)), []);
  await killall([...crowd, ...others]);
});

test('a thousand greenlets of several functions at one place are none', async () => {
  const event = new Event();
  const crowd = Array.from({ length: 1_200 }, (_, i) => (i % 2 === 0 ? spawn(() => event.wait()) : spawn(wait, event)));
  function* wait(what: Event) {
    yield* what.wait();
  }
  await waitAllBlocked();

  assert.equal(leakWarnings(crowd), []);
  await killall(crowd);
});

test('greenlets that wait at no object are a leak if they wait for the same, in words', async () => {
  const sleepers = Array.from({ length: 1_000 }, () => spawn(sleep, 60_000));
  const others = Array.from({ length: 1_000 }, (_, i) => spawn(sleep, 70_000 + i));
  await waitAllBlocked();
  const messages = leakWarnings([...sleepers, ...others]).map(({ message }) => message);

  assert.equal(messages, ['1000 greenlets of sleep wait for sleep(60000)']);
  await killall([...sleepers, ...others]);
});

test('a leak names the place where its greenlets were spawned, if that is known', async () => {
  const queue = new Queue<number>();
  const hub = getHub();
  hub.captureSpawnSites = true;
  const crowd = Array.from({ length: 1_000 }, () => spawn(load, queue));
  hub.captureSpawnSites = false;
  await waitAllBlocked();
  const [found] = leakWarnings(crowd);

  assert.match(found?.message ?? '', /^1000 greenlets of .*leaks\.test\.ts:\d+:\d+\)? wait for an item of Queue#\d+$/);
  await killall(crowd);
});

test.run();
