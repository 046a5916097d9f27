import assert from 'node:assert/strict';
import { jest, test } from '@jest/globals';
import { sleep, spawn, withTimeout } from 'greenhub';

test('greenlets go on while the fake timers of the runner are on', async () => {
  jest.useFakeTimers();
  const clock = { tick: (ms) => jest.advanceTimersByTime(ms) };
  try {
    let isDue = false;
    setTimeout(() => {
      isDue = true;
    }, 60_000);
    const job = spawn(function* () {
      yield* sleep(5);
      return yield* withTimeout(5, sleep(60_000), { timeoutValue: 'gave up' });
    });
    assert.equal(await job, 'gave up');
    assert.equal(isDue, false);
    clock.tick(60_000);
    assert.equal(isDue, true);
  } finally {
    jest.useRealTimers();
  }
});
