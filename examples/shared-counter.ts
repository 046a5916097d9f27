// A counter that eight threads share: 20,000 increments of a read, a pause and a write. Without a lock most of them are
// lost; with the counter's lock, none. add() reads and writes in one step, so it needs no lock.
// Run: npm run example shared-counter

import { joinall, run, sleep, spawn } from 'greenhub';
import * as mp from 'greenhub/process';
import { noArguments } from './support/arguments.ts';

const WORKERS = 8;
const GREENLETS = 5;
const INCREMENTS = 500; // of each greenlet

type How = 'without a lock' | 'with the lock' | 'with add()';

export const count = mp.remote(import.meta.url, 'count', function* count(counter: mp.Value<'i32'>, how: How) {
  const greenlets = Array.from({ length: GREENLETS }, () =>
    spawn(function* () {
      for (let n = 0; n < INCREMENTS; n += 1) yield* increment(counter, how);
    }),
  );
  yield* joinall(greenlets, { raiseError: true });
});

function* increment(counter: mp.Value<'i32'>, how: How) {
  if (how === 'with add()') {
    counter.add(1);
    return;
  }
  if (how === 'with the lock') yield* counter.lock.acquire();
  const value = counter.value;
  yield* sleep(0); // other greenlets run
  counter.value = value + 1;
  if (how === 'with the lock') counter.lock.release();
}

if (mp.isMainProcess) {
  noArguments();
  run(function* main() {
    using pool = new mp.ThreadPool(WORKERS);
    for (const how of ['without a lock', 'with the lock', 'with add()'] as const) {
      const counter = new mp.Value('i32', 0);
      const tasks = Array.from({ length: WORKERS }, () => [counter, how] as const);
      yield* pool.starmap(count, tasks, { chunksize: 1 });
      console.log(`${WORKERS * GREENLETS * INCREMENTS} increments ${how}: ${counter.value}`);
    }
  });
}
