import assert from 'node:assert/strict';
import { test } from '@jest/globals';
import { Queue, sleep, spawn, withTimeout } from 'greenhub';
import { VirtualClock } from 'greenhub/testing';

test('a greenlet is waited for', async () => {
  const queue = new Queue();
  const job = spawn(function* () {
    yield* sleep(1);
    yield* queue.put('an item');
  });
  assert.equal(await queue.get(), 'an item');
  await job;
});

test('an hour passes at once on a virtual clock', async () => {
  const clock = VirtualClock.install();
  const gaveUp = await withTimeout(3_600_000, new Queue().get(), { timeoutValue: 'gave up' });
  assert.equal(gaveUp, 'gave up');
  assert.equal(clock.now(), 3_600_000);
  clock.uninstall();
});
