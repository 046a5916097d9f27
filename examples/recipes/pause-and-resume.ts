// Workers that can be paused between two jobs, and go on where they were.

import { Event, getHub, joinall, run, sleep, spawn } from 'greenhub';

const running = new Event();
running.set();

const began = getHub().now();
function* worker(name: string, jobs: number) {
  for (let job = 1; job <= jobs; job += 1) {
    yield* running.wait(); // waits only while the work is paused
    yield* sleep(100);
    console.log(`${Math.round(getHub().now() - began)} ms: ${name} has done job ${job}`);
  }
}

await run(function* main() {
  const workers = [spawn(worker, 'ann', 3), spawn(worker, 'bob', 2)];
  yield* sleep(150);
  running.clear();
  console.log('paused');
  yield* sleep(1_000);
  console.log('resumed');
  running.set();
  yield* joinall(workers);
});
