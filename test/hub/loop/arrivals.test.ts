import * as assert from 'uvu/assert';
import { Arrivals } from '../../../lib/hub/loop/arrivals.ts';
import { suite } from '../../support/harness.ts';

const test = suite('arrivals');

/** Makes some events arrive in a turn, and returns how many of them are gathered. */
function turnWith(arrivals: Arrivals, count: number): number {
  let gathered = 0;
  for (let i = 0; i < count; i += 1) if (arrivals.gathers()) gathered += 1;
  arrivals.turned();
  return gathered;
}

test('as long as many come in each turn they are gathered', () => {
  const arrivals = new Arrivals();
  for (const count of [64, 6, 1_000]) assert.is(turnWith(arrivals, count), count);
});

test('after a turn with few the next are not, and then it is tried again', () => {
  const arrivals = new Arrivals();
  turnWith(arrivals, 1);
  for (let turns = 0; turns < 64; turns += 1) assert.is(turnWith(arrivals, 1), 0);
  assert.is(turnWith(arrivals, 1), 1);
  assert.is(turnWith(arrivals, 1), 0);
});

test('where few have become many they are gathered from the next trial on', () => {
  const arrivals = new Arrivals();
  turnWith(arrivals, 1);
  assert.is(turnWith(arrivals, 100), 36);
  assert.is(turnWith(arrivals, 100), 100);
});

test('turns in which nothing comes change nothing', () => {
  const arrivals = new Arrivals();
  for (let turns = 0; turns < 100; turns += 1) turnWith(arrivals, 0);
  assert.is(turnWith(arrivals, 10), 10);
  turnWith(arrivals, 0);
  assert.is(turnWith(arrivals, 10), 10);
});

test.run();
