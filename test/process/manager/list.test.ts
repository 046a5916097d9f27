import * as assert from 'uvu/assert';
import { joinall, spawn } from '../../../lib/index.ts';
import { suite } from '../../support/harness.ts';
import { Random } from '../../support/random.ts';
import { failureOf, managed } from './managed.ts';

const test = suite('process/manager/list');
const onManager = managed(test);
const seed = Number(process.env.GREENHUB_TEST_SEED ?? Math.floor(Math.random() * 2 ** 31));

onManager('a list begins with the items of an iterable', function* (manager) {
  assert.equal(yield* manager.list([1, 2]).copy(), [1, 2]);
  assert.equal(yield* manager.list(new Set(['a'])).copy(), ['a']);
  assert.equal(yield* manager.list().copy(), []);
  assert.throws(
    () => manager.list(5 as never),
    (error: unknown) => error instanceof TypeError,
  );
});

onManager('append(), extend(), insert() and pop() change it', function* (manager) {
  const list = manager.list(['b']);
  yield* list.append('d');
  yield* list.extend(['e', 'f']);
  yield* list.insert(0, 'a');
  yield* list.insert(2, 'c');
  yield* list.insert(6, 'g');
  yield* list.insert(-1, 'before g');

  assert.equal(yield* list.copy(), ['a', 'b', 'c', 'd', 'e', 'f', 'before g', 'g']);
  assert.is(yield* list.pop(), 'g');
  assert.is(yield* list.pop(0), 'a');
  assert.is(yield* list.pop(-2), 'f');
  assert.is(yield* list.length(), 5);
});

onManager('negative indexes count from the end', function* (manager) {
  const list = manager.list(['a', 'b', 'c']);
  yield* list.set(-1, 'last');

  assert.is(yield* list.get(-1), 'last');
  assert.is(yield* list.get(-3), 'a');
  assert.is(yield* list.get(2), 'last');
});

onManager('an index out of range is a RangeError that says how long the list is', function* (manager) {
  const list = manager.list(['a', 'b']);

  for (const wrong of [list.get(2), list.get(-3), list.set(2, 'x'), list.insert(3, 'x'), list.pop(2)]) {
    const error = yield* failureOf(wrong);
    assert.instance(error, RangeError);
    assert.match(String(error), '2 items');
  }
  assert.instance(yield* failureOf(manager.list().pop()), RangeError);
  assert.equal(yield* list.copy(), ['a', 'b']);
});

onManager('an index that is no whole number is refused at once', function* (manager) {
  const list = manager.list(['a']);

  assert.throws(
    () => list.get(0.5),
    (error: unknown) => error instanceof RangeError,
  );
  assert.throws(
    () => list.get('0' as never),
    (error: unknown) => error instanceof TypeError,
  );
});

onManager('indexOf(), includes() and remove() compare objects by what they contain', function* (manager) {
  const list = manager.list<unknown>([1, { id: 2 }, { id: 2 }, Number.NaN]);

  assert.is(yield* list.indexOf({ id: 2 }), 1);
  assert.is(yield* list.indexOf(Number.NaN), 3);
  assert.is(yield* list.includes({ id: 3 }), false);
  assert.is(yield* list.remove({ id: 2 }), true);
  assert.is(yield* list.remove('absent'), false);
  assert.equal(yield* list.copy(), [1, { id: 2 }, Number.NaN]);
});

onManager('slice() is that of an array', function* (manager) {
  const list = manager.list([0, 1, 2, 3]);

  assert.equal(yield* list.slice(), [0, 1, 2, 3]);
  assert.equal(yield* list.slice(1, 3), [1, 2]);
  assert.equal(yield* list.slice(-2), [2, 3]);
  assert.equal(yield* list.slice(2, 100), [2, 3]);
});

onManager('sort() orders numbers by value and strings by code unit', function* (manager) {
  const numbers = manager.list([10, 9, -1, Number.NaN, 2.5]);
  const strings = manager.list(['b', 'ä', 'B', 'a', '10', '9']);
  yield* numbers.sort();
  yield* strings.sort();

  assert.equal(yield* numbers.copy(), [-1, 2.5, 9, 10, Number.NaN]);
  assert.equal(yield* strings.copy(), ['10', '9', 'B', 'a', 'b', 'ä']);
});

onManager('sort() refuses a mixture and what has no order, and changes nothing', function* (manager) {
  const mixed = manager.list<unknown>([2, 'a', 1]);

  assert.instance(yield* failureOf(mixed.sort()), TypeError);
  assert.equal(yield* mixed.copy(), [2, 'a', 1]);
  assert.instance(yield* failureOf(manager.list<unknown>([{}, {}]).sort()), TypeError);
});

onManager('reverse() and clear()', function* (manager) {
  const list = manager.list([1, 2, 3]);
  yield* list.reverse();
  assert.equal(yield* list.copy(), [3, 2, 1]);
  yield* list.clear();
  assert.is(yield* list.length(), 0);
});

onManager('an item that cannot be sent is a TypeError with its path, and nothing is added', function* (manager) {
  const list = manager.list<unknown>();
  const error = yield* failureOf(list.extend([1, { callback: () => 1 }]));

  assert.instance(error, TypeError);
  assert.match(String(error), 'value[1].callback is a function');
  assert.is(yield* list.length(), 0);
});

onManager('killed greenlets have either moved an item or not, and know which', function* (manager) {
  const random = new Random(seed);
  const from = manager.list(Array.from({ length: 1_000 }, (_, index) => index));
  const to = manager.list<number>();
  const popped: number[] = [];
  const appended: number[] = [];
  const move = function* () {
    for (;;) {
      const item = yield* from.pop(random.chance(0.5) ? 0 : -1);
      popped.push(item);
      yield* to.append(item);
      appended.push(item);
    }
  };
  const movers = Array.from({ length: 20 }, () => spawn(move));

  for (const mover of movers) {
    for (let turns = random.int(0, 3); turns > 0; turns -= 1) yield* from.length();
    spawn(() => mover.kill());
  }
  yield* joinall(movers);

  const left = yield* from.copy();
  assert.equal(
    sorted([...popped, ...left]),
    Array.from({ length: 1_000 }, (_, index) => index),
    `seed ${seed}`,
  );
  assert.equal(sorted(yield* to.copy()), sorted(appended), `seed ${seed}`);
});

function sorted(numbers: readonly number[]): number[] {
  return [...numbers].sort((one, other) => one - other);
}

test.run();
