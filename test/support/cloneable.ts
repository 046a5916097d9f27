/** Values of each kind that a clone can have. */

const shared = { n: 1 };
const holes = [1, 2, 3];
delete holes[1];
const holeAndProperty: unknown[] = Object.assign([1, 2], { extra: 'field' });
delete holeAndProperty[0];

export const cloneable: Readonly<Record<string, unknown>> = {
  primitives: [1, 'two', null, undefined, 3n, Number.NaN, -0],
  'plain data': { a: { b: [{ c: 1 }] }, d: '' },
  'an object that is there twice': [shared, { again: shared }],
  'holes in an array': holes,
  'a hole and a property in an array': holeAndProperty,
  'a property of an array': Object.assign([1, 2], { extra: 'field' }),
  'a date, a map and a set': { date: new Date(5), map: new Map([[1, { two: 2 }]]), set: new Set([3]) },
  'typed arrays': new Uint8Array([1, 2, 3]),
  'an instance of a class': new (class Point {
    x = 1;
  })(),
  'an object without prototype': Object.assign(Object.create(null), { a: 1 }),
  'a key __proto__': JSON.parse('{"__proto__": {"a": 1}}'),
  'deep data': { a: { b: { c: { d: { e: { f: 1 } } } } } },
  'many objects': Array.from({ length: 100 }, (_, n) => ({ n })),
  'a lone surrogate': 'a\ud800b',
  'a long text': 'x'.repeat(10_000),
  Infinity: { most: Infinity },
};

/** An object that is there twice, and a cycle. */
export const twice = [shared, { again: shared }] as const;
export const cyclic: Record<string, unknown> = { name: 'cycle' };
cyclic.self = cyclic;
