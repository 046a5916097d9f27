/** What the timeline shows: greenlets that run, wait and fight, and one that blocks the event loop now and then. */
import { Lock, Queue, run, sleep, spawn } from 'greenhub';
import { serve } from 'greenhub/inspect';

const lock = new Lock();
const jobs = new Queue<number>(5);

/** Keeps the event loop busy. */
function spin(ms: number): void {
  for (const end = performance.now() + ms; performance.now() < end; );
}

function* produce() {
  for (let n = 0; ; n += 1) {
    spin(1);
    yield* jobs.put(n);
    yield* sleep(15);
  }
}

function* consume() {
  for (;;) {
    yield* jobs.get();
    spin(3);
    using _ = yield* lock.hold();
    yield* sleep(60);
  }
}

function* block() {
  for (;;) {
    yield* sleep(1_300);
    spin(250);
  }
}

run(function* main() {
  const { url } = yield* serve();
  spawn(produce);
  for (let n = 0; n < 4; n += 1) spawn(consume);
  spawn(block);
  console.log(url);
  yield* sleep(600_000);
});
