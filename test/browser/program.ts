/** What the browser looks at: two greenlets that wait for each other, and others that work. It prints the address of the console. */
import { Lock, Queue, run, sleep, spawn } from 'greenhub';
import { serve } from 'greenhub/inspect';

const [checking, savings] = [new Lock(), new Lock()];
const jobs = new Queue<number>(5);

function* lockSecond(second: Lock) {
  using _ = yield* second.hold();
}

function* transfer(first: Lock, second: Lock) {
  using _ = yield* first.hold();
  yield* sleep(1);
  yield* lockSecond(second);
}

function* produce() {
  for (let n = 0; ; n += 1) yield* jobs.put(n);
}

function* consume() {
  for (;;) {
    yield* jobs.get();
    yield* sleep(20);
  }
}

run(function* main() {
  const { url } = yield* serve();
  spawn(transfer, checking, savings);
  spawn(transfer, savings, checking);
  for (let n = 0; n < 120; n += 1) spawn(produce);
  for (let n = 0; n < 4; n += 1) spawn(consume);
  // Printed when the deadlock is there.
  yield* sleep(20);
  console.log(url);
  yield* sleep(600_000);
});
