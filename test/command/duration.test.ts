import * as assert from 'uvu/assert';
import { duration } from '../../lib/command/duration.ts';
import { suite } from '../support/harness.ts';

const test = suite('command/duration');

for (const [ms, text] of [
  [0, '0ms'],
  [999, '999ms'],
  [999.7, '1.0s'],
  [9_960, '10s'],
  [99_600, '2m'],
  [99 * 60_000, '99m'],
  [47 * 3_600_000, '47h'],
  [48 * 3_600_000, '2d'],
] as const) {
  test(`${ms} ms are ${text}`, () => {
    assert.is(duration(ms), text);
  });
}

test.run();
