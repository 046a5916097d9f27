import * as assert from 'uvu/assert';
import { Paced, pauseAfter, tookOf } from '../../../lib/inspect/console/paced.ts';
import { suite } from '../../support/harness.ts';

const test = suite('inspect/console/paced');

test('a look takes at most 1 % of the time', () => {
  assert.is(pauseAfter(0, 1), 0);
  assert.is(pauseAfter(20, 1), 2_000);
});

test('looks that share the time are as many times rarer', () => {
  assert.is(pauseAfter(20, 2), 4_000);
  assert.is(pauseAfter(20, 3), 5_000);
});

test('the next look is never far away, since the first one is slow', () => {
  assert.is(pauseAfter(200, 1), 5_000);
  assert.is(pauseAfter(10_000, 1), 5_000);
});

test('neither other processes nor other threads count', () => {
  assert.is(tookOf({ user: 5_000, system: 1_000 }, 80), 6);
  assert.is(tookOf({ user: 90_000, system: 10_000 }, 20), 20);
});

test('the first look comes at once, and another one when it is asked for', () => {
  let looks = 0;
  const paced = new Paced(() => {
    looks += 1;
    return looks;
  });

  assert.is(paced.next(), 1);
  assert.is(paced.take(), 2);
});

test.run();
