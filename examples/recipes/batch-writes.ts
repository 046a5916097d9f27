// Collects items and writes them together: when there are four, or when the first one has waited for 100 ms.

import { Empty, getHub, Queue, run, ShutDown, sleep, spawn } from 'greenhub';

const SIZE = 4;
const LONGEST = 100;

function* nextBatch(queue: Queue<string>) {
  const batch = [yield* queue.get()];
  const until = getHub().now() + LONGEST;
  try {
    while (batch.length < SIZE) batch.push(yield* queue.get({ timeout: Math.max(0, until - getHub().now()) }));
  } catch (error) {
    // The time is up, or no more will come: the next get() says so.
    if (!(error instanceof Empty || error instanceof ShutDown)) throw error;
  }
  return batch;
}

function* writer(queue: Queue<string>) {
  const began = getHub().now();
  try {
    for (;;) {
      const batch = yield* nextBatch(queue);
      console.log(`${Math.round(getHub().now() - began)} ms: wrote ${batch.join(' ')}`);
    }
  } catch (error) {
    if (!(error instanceof ShutDown)) throw error;
  }
}

await run(function* main() {
  const queue = new Queue<string>(100);
  const writing = spawn(writer, queue);
  for (const item of ['a', 'b', 'c', 'd', 'e', 'f']) yield* queue.put(item);
  yield* sleep(250);
  yield* queue.put('g');
  queue.shutdown();
  yield* writing;
});
