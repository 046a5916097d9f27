import * as assert from 'uvu/assert';
import { gather, tally } from '../../lib/inspect/gather.ts';
import { suite } from '../support/harness.ts';

const test = suite('inspect/gather');

const words = ['bee', 'ant', 'bat', '', 'cow', 'ape'];
const initial = (word: string): string | null => word[0] ?? null;

test('gather() lists those with the same key, in their order, and leaves out those without one', () => {
  assert.equal(
    [...gather(words, initial)],
    [
      ['b', ['bee', 'bat']],
      ['a', ['ant', 'ape']],
      ['c', ['cow']],
    ],
  );
});

test('tally() counts them, and gives the first of each', () => {
  assert.equal(
    [...tally(words, initial)],
    [
      ['b', { first: 'bee', count: 2 }],
      ['a', { first: 'ant', count: 2 }],
      ['c', { first: 'cow', count: 1 }],
    ],
  );
});

test.run();
