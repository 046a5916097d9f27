// A Queue between processes: a writer puts items, a reader takes them. The queue holds two items at most, so the writer
// waits for the reader. shutdown() ends the reader once it has taken every item.
// Run: npm run example process-queue

import { forEach, joinall, run, sleep } from 'greenhub';
import * as mp from 'greenhub/process';
import { noArguments } from './support/arguments.ts';

export const write = mp.remote(import.meta.url, 'write', function* write(queue: mp.Queue<string>, items: string[]) {
  for (const item of items) {
    console.log(`the writer puts ${item}`);
    yield* queue.put(item);
  }
  queue.shutdown();
});

export const read = mp.remote(import.meta.url, 'read', function* read(queue: mp.Queue<string>) {
  let count = 0;
  yield* forEach(queue, function* (item) {
    console.log(`  the reader gets ${item}`);
    yield* sleep(50);
    count += 1;
  });
  return count;
});

if (mp.isMainProcess) {
  noArguments();
  run(function* main() {
    const queue = new mp.Queue<string>(2);
    const writer = new mp.Process({ target: write, args: [queue, ['A', 'B', 'C', 'D', 'E']] }).start();
    const reader = new mp.Process({ target: read, args: [queue] }).start();
    yield* joinall([writer, reader], { raiseError: true });
    console.log(`the reader has read ${reader.value} items`);
  });
}
