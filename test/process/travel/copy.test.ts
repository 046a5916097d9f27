import * as assert from 'uvu/assert';
import { copyOf } from '../../../lib/process/travel/copy.ts';
import { cloneable, cyclic, twice } from '../../support/cloneable.ts';
import { suite } from '../../support/harness.ts';

const test = suite('process/travel, copies');

for (const [name, value] of Object.entries(cloneable)) {
  test(`${name}: the same as structuredClone()`, () => {
    const copy = copyOf(value);
    const clone = structuredClone(value);
    assert.equal(copy, clone);
    assert.equal(Object.keys(Object(copy)), Object.keys(Object(clone)));
    if (typeof value === 'object') assert.is.not(copy, value);
  });
}

test('identity and cycles stay', () => {
  const [first, second] = copyOf(twice);
  assert.is(first, second.again);
  const copy = copyOf(cyclic);
  assert.is(copy.self, copy);
});

test('what cannot be cloned is refused', () => {
  assert.throws(() => copyOf({ fn: () => {} }), /could not be cloned/);
});

test.run();
