// You can end a greenlet from outside, and its cleanup runs.

import { run, sleep, spawn } from 'greenhub';

function* countdown(from: number) {
  try {
    for (let n = from; n > 0; n -= 1) {
      console.log(n);
      yield* sleep(1_000);
    }
    console.log('lift-off');
  } finally {
    console.log('the engine is off');
  }
}

await run(function* main() {
  const rocket = spawn(countdown, 10);
  yield* sleep(2_500);
  yield* rocket.kill();
  console.log(`dead: ${rocket.dead}, successful: ${rocket.successful()}`);
});
