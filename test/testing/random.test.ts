import * as assert from 'uvu/assert';
import { Random } from '../../lib/testing/index.ts';
import { suite } from '../support/harness.ts';

const test = suite('testing/random');

const some = (random: Random) => Array.from({ length: 20 }, () => random.next());

test('the same seed gives the same choices, another one others', () => {
  assert.equal(some(new Random(7)), some(new Random(7)));
  assert.not.equal(some(new Random(7)), some(new Random(8)));
});

test('numbers lie from 0 to 1, and fill that evenly', () => {
  const random = new Random(1);
  const buckets = new Array<number>(10).fill(0);

  for (let count = 0; count < 10_000; count += 1) {
    const number = random.next();
    assert.ok(number >= 0 && number < 1);
    buckets[Math.floor(number * 10)]! += 1;
  }

  for (const count of buckets) assert.ok(count > 850 && count < 1_150, `${count} of 1,000`);
});

test('int() includes both ends', () => {
  const random = new Random(2);
  const seen = new Set(Array.from({ length: 200 }, () => random.int(3, 5)));

  assert.equal([...seen].sort(), [3, 4, 5]);
});

test('chance() is never with 0 and always with 1', () => {
  const random = new Random(3);

  for (let count = 0; count < 100; count += 1) {
    assert.not(random.chance(0));
    assert.ok(random.chance(1));
  }
});

test('pick() takes each of the choices', () => {
  const random = new Random(4);
  const seen = new Set(Array.from({ length: 100 }, () => random.pick(['a', 'b'])));

  assert.equal([...seen].sort(), ['a', 'b']);
});

test('any whole number is a seed', () => {
  for (const seed of [0, -1, 2 ** 32, 2 ** 40 + 1]) assert.equal(some(new Random(seed)), some(new Random(seed)));
});

test.run();
