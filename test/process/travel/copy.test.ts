import * as assert from 'uvu/assert';
import { copyOf } from '../../../lib/process/travel/copy.ts';
import { suite } from '../../support/harness.ts';

const test = suite('process/travel, copies');

const shared = { n: 1 };
const cyclic: Record<string, unknown> = { name: 'cycle' };
cyclic.self = cyclic;
const holes = [1, 2, 3];
delete holes[1];
const withProperty = Object.assign([1, 2], { extra: 'field' });

for (const [name, value] of Object.entries({
  primitives: [1, 'two', null, undefined, 3n, Number.NaN, -0],
  'plain data': { a: { b: [{ c: 1 }] }, d: '' },
  'an object that is there twice': [shared, { again: shared }],
  'holes in an array': holes,
  'a property of an array': withProperty,
  'a date, a map and a set': { date: new Date(5), map: new Map([[1, { two: 2 }]]), set: new Set([3]) },
  'typed arrays': new Uint8Array([1, 2, 3]),
  'an instance of a class': new (class Point {
    x = 1;
  })(),
  'an object without prototype': Object.assign(Object.create(null), { a: 1 }),
  'a key __proto__': JSON.parse('{"__proto__": {"a": 1}}'),
  'deep data': { a: { b: { c: { d: { e: { f: 1 } } } } } },
  'many objects': Array.from({ length: 100 }, (_, n) => ({ n })),
})) {
  test(`${name}: the same as structuredClone()`, () => {
    const copy = copyOf(value);
    const clone = structuredClone(value);
    assert.equal(copy, clone);
    assert.equal(Object.keys(Object(copy)), Object.keys(Object(clone)));
    if (typeof value === 'object') assert.is.not(copy, value);
  });
}

test('identity and cycles stay', () => {
  const [first, second] = copyOf([shared, { again: shared }] as const);
  assert.is(first, second.again);
  const copy = copyOf(cyclic);
  assert.is(copy.self, copy);
});

test('what cannot be cloned is refused', () => {
  assert.throws(() => copyOf({ fn: () => {} }), /could not be cloned/);
});

test.run();
