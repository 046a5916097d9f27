import assert from 'node:assert/strict';
import { test } from '@jest/globals';
import { sleep, spawn } from 'greenhub';

test('a greenlet fails', async () => {
  await spawn(function* () {
    yield* sleep(1);
    assert.equal(1, 2, 'one is not two');
  });
});

test('the next one passes', async () => {
  await sleep(1);
});
