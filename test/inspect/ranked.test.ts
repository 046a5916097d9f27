import * as assert from 'uvu/assert';
import { ranked } from '../../lib/inspect/ranked.ts';
import { suite } from '../support/harness.ts';
import { onRandomSchedules } from '../support/random.ts';

const test = suite('inspect/ranked');

interface Item {
  readonly key: number;
  readonly place: number;
}

function keyOf({ key }: Item): number {
  return key;
}

function compare(a: number, b: number): number {
  return a - b;
}

test('gives the same as sorting and cutting, of any items, equal ones among them', async () => {
  await onRandomSchedules(300, async (random) => {
    const length = random.int(0, 200);
    const different = random.pick([1, 2, 10, 1_000]);
    const items = Array.from({ length }, (_, place): Item => ({ key: random.int(0, different), place }));
    const from = random.int(0, 210);
    const to = from + random.int(0, 210);

    const expected = [...items].sort((a, b) => a.key - b.key).slice(from, to);
    assert.equal(ranked(items, keyOf, compare, from, to), expected);
  });
});

test('takes the key of each item once, and leaves the list as it is', () => {
  const items = [3, 1, 2];
  let asked = 0;
  const key = (item: number): number => {
    asked += 1;
    return item;
  };

  assert.equal(ranked(items, key, compare, 1, 3), [2, 3]);
  assert.is(asked, 3);
  assert.equal(items, [3, 1, 2]);
});

test('does not compare each with each, if they are in order, in the opposite order or all equal', () => {
  const length = 4_096;
  for (const keys of [
    Array.from({ length }, (_, i) => i),
    Array.from({ length }, (_, i) => -i),
    Array.from({ length }, () => 0),
  ]) {
    let compared = 0;
    ranked(
      keys,
      (key) => key,
      (a, b) => {
        compared += 1;
        return a - b;
      },
      2_000,
      2_050,
    );
    assert.ok(compared < 20 * length, `${compared}`);
  }
});

test.run();
