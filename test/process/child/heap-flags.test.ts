import * as assert from 'uvu/assert';
import { heapFlags } from '../../../lib/process/child/heap-flags.ts';
import { suite } from '../../support/harness.ts';

const test = suite('heapFlags');

test('limits of memory become flags with whole numbers, because Node does not start with others', () => {
  assert.equal(heapFlags(), []);
  assert.equal(heapFlags({ maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 48, stackSizeMb: 2 }), [
    '--max-old-space-size=64',
    '--max-semi-space-size=16',
    '--stack-size=2048',
  ]);
  assert.equal(heapFlags({ maxOldGenerationSizeMb: 64.5, maxYoungGenerationSizeMb: 16, stackSizeMb: 0.7 }), [
    '--max-old-space-size=65',
    '--max-semi-space-size=6',
    '--stack-size=717',
  ]);
  assert.equal(heapFlags({ maxYoungGenerationSizeMb: 0.1 }), ['--max-semi-space-size=1']);
});

test.run();
