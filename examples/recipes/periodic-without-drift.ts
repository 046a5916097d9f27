// Runs a job every 10 seconds, on the beat: the time that the job takes does not add up. A beat that is missed is left out.

import { type Coroutine, getHub, run, sleep, spawn } from 'greenhub';

function* every(ms: number, job: () => Coroutine<void>) {
  const began = getHub().now();
  for (let beat = 1; ; beat += 1) {
    beat = Math.max(beat, Math.ceil((getHub().now() - began) / ms));
    yield* sleep(began + beat * ms - getHub().now());
    yield* job();
  }
}

await run(function* main() {
  const began = getHub().now();
  let runs = 0;
  const job = spawn(every, 10_000, function* () {
    runs += 1;
    console.log(`run ${runs} at ${Math.round((getHub().now() - began) / 1_000)} s`);
    yield* sleep(runs === 2 ? 25_000 : 3_000); // the second run takes too long
  });
  yield* sleep(65_000);
  yield* job.kill();
});
