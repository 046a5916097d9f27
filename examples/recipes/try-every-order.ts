// Finds a fault that shows in one order of many: explore() runs a scenario in hundreds of orders, with kills at every point.

import assert from 'node:assert/strict';
import { type Coroutine, joinall, Semaphore, sleep, spawn } from 'greenhub';
import { explore, ScheduleError } from 'greenhub/testing';

function scenario(work: (permits: Semaphore) => Coroutine<void>) {
  return function* () {
    const permits = new Semaphore(2);
    yield* joinall([1, 2, 3].map(() => spawn(work, permits)));
    assert.equal(permits.counter, 2, 'a permit is lost');
  };
}

function* careless(permits: Semaphore) {
  yield* permits.acquire();
  yield* sleep(10); // a kill here skips the release
  permits.release();
}

function* careful(permits: Semaphore) {
  using _ = yield* permits.hold();
  yield* sleep(10);
}

for (const work of [careless, careful]) {
  try {
    const { runs } = await explore(scenario(work), { runs: 300, kill: true });
    console.log(`${work.name}: ${runs} schedules, no fault`);
  } catch (error) {
    if (!(error instanceof ScheduleError)) throw error;
    console.log(`${work.name}: ${(error.cause as Error).name}`);
  }
}
