// A ProcessPool: ten tasks for five processes. applyAsync() does not wait; its callback runs in the parent, so it may use
// the parent's variables. After close(), join() waits until all tasks and callbacks are over.
// Run: npm run example process-pool

import { run, sleep } from 'greenhub';
import * as mp from 'greenhub/process';
import { noArguments } from './support/arguments.ts';

export const square = mp.remote(import.meta.url, 'square', function* square(n: number) {
  yield* sleep(50);
  return { n, result: n * n, pid: process.pid };
});

if (mp.isMainProcess) {
  noArguments();
  run(function* main() {
    const pool = new mp.ProcessPool(5);
    const pids = new Set<number>();
    for (let n = 1; n <= 10; n += 1) {
      pool.applyAsync(square, [n], {
        callback({ n, result, pid }) {
          pids.add(pid);
          console.log(`${n} × ${n} = ${result}`);
        },
      });
    }
    console.log('the tasks are given to the pool');
    pool.close();
    yield* pool.join();
    console.log(
      `10 tasks ran in ${pids.size} of ${pool.size} processes, and none in the parent: ${!pids.has(process.pid)}`,
    );
  });
}
