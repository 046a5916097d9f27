import assert from 'node:assert/strict';
import fakeTimers from '@sinonjs/fake-timers';
import { sleep, spawn, withTimeout } from 'greenhub';
import { it as test } from 'mocha';

test('greenlets go on while the fake timers of the runner are on', async () => {
  const clock = fakeTimers.install();
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
    clock.uninstall();
  }
});
