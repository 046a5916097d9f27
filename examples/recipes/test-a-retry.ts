// Tests a retry with pauses of minutes, in milliseconds and always with the same result: on a virtual clock.

import assert from 'node:assert/strict';
import { type Coroutine, retry, run, withTimeout } from 'greenhub';
import { VirtualClock } from 'greenhub/testing';

/** The code to test: sends a report, and tries again for an hour. */
function* send(post: (attempt: number) => Coroutine<void>) {
  yield* withTimeout(3_600_000, () => retry(post, { attempts: Infinity, minDelay: 60_000, maxDelay: 600_000 }));
}

function* failsUntil(good: number, times: number[], clock: VirtualClock) {
  yield* send(function* (attempt) {
    times.push(clock.now() / 60_000);
    if (attempt < good) throw new Error('the mail server is down');
  });
}

await run(function* main() {
  using clock = VirtualClock.install();
  const times: number[] = [];
  yield* failsUntil(5, times, clock);
  assert.deepEqual(times, [0, 1, 3, 7, 15]); // pauses of 1, 2, 4 and 8 minutes
  console.log(`sent after ${times.at(-1)} minutes`);
});

await run(function* givesUp() {
  using clock = VirtualClock.install();
  try {
    yield* failsUntil(Infinity, [], clock);
  } catch (error) {
    console.log(`${(error as Error).name} after ${clock.now() / 60_000} minutes`);
  }
});
