import * as assert from 'uvu/assert';
import { run } from '../../../lib/index.ts';
import { packed, unpacked } from '../../../lib/process/travel/packed.ts';
import { cloneable, cyclic, twice } from '../../support/cloneable.ts';
import { thrownBy } from '../../support/failure.ts';
import { suite } from '../../support/harness.ts';

const test = suite('process/travel, packed values');

const way = { toThread: false, use: 'item' } as const;
const through = <T>(value: T): Promise<T> => run(() => unpacked(structuredClone(packed(value, 'item', way))) as never);

for (const [name, value] of Object.entries(cloneable)) {
  test(`${name}: arrives as a structured clone would`, async () => {
    const arrived = await through(value);
    const clone = structuredClone(value);
    assert.equal(arrived, clone);
    assert.equal(Object.keys(Object(arrived)), Object.keys(Object(clone)));
    assert.is(Object.is(arrived, -0), Object.is(clone, -0));
  });
}

test('each primitive value arrives as it is', async () => {
  for (const value of [0, -0, 1.5, Number.NaN, Infinity, '', 'text', true, null, undefined, 10n]) {
    assert.ok(Object.is(await through(value), value), String(value));
  }
});

test('identity and cycles stay', async () => {
  const [first, second] = await through(twice);
  assert.is(first, second.again);
  const arrived = await through(cyclic);
  assert.is(arrived.self, arrived);
});

test('a later change of the value does not matter', async () => {
  for (const value of [{ list: [1] }, { list: [1], also: new Date(0) }]) {
    const kept = packed(value, 'item', way);
    value.list.push(2);
    assert.equal(((await run(() => unpacked(kept))) as typeof value).list, [1]);
  }
});

test('what cannot be sent is named with its path', () => {
  assert.match(String(thrownBy(() => packed({ jobs: [{ fn: () => {} }] }, 'item', way))), 'item.jobs[0].fn');
});

test.run();
