import * as mp from 'greenhub/process';
import * as assert from 'uvu/assert';
import { thrownBy } from '../../support/failure.ts';
import { suite } from '../../support/harness.ts';

const test = suite('process/shared, Value and SharedArray');

/** The largest number of each type, and what adding 1 to it gives. */
const LIMITS = {
  i8: [127, -128],
  u8: [255, 0],
  i16: [32_767, -32_768],
  u16: [65_535, 0],
  i32: [2_147_483_647, -2_147_483_648],
  u32: [4_294_967_295, 0],
  i64: [2n ** 63n - 1n, -(2n ** 63n)],
  u64: [2n ** 64n - 1n, 0n],
  f32: [1.5, 2.5],
  f64: [0.1, 1.1],
} as const;

for (const [type, [largest, next]] of Object.entries(LIMITS) as [mp.MemoryType, readonly [number, number]][]) {
  const one = (typeof largest === 'bigint' ? 1n : 1) as number;

  test(`a Value of ${type} adds, exchanges and compares`, () => {
    const value = new mp.Value(type, largest);
    assert.is(value.value, largest);
    assert.is(value.add(one), next);
    assert.is(value.exchange(one), next);
    assert.is(value.compareExchange(largest, next), false);
    assert.is(value.compareExchange(one, largest), true);
    assert.is(value.value, largest);
    value.value = next;
    assert.is(value.value, next);
  });

  test(`a SharedArray of ${type} has a length or elements`, () => {
    assert.equal([...new mp.SharedArray(type, [one, largest]).array], [one, largest]);
    assert.is(new mp.SharedArray(type, 3).length, 3);
  });
}

test('a Value begins at 0', () => {
  assert.is(new mp.Value('i32').value, 0);
  assert.is(new mp.Value('u64').value, 0n);
});

test('0 and -0 are the same float', () => {
  const value = new mp.Value('f64', -0);
  assert.is(value.compareExchange(0, 1), true);
  assert.is(value.value, 1);
});

test('wrong types and numbers are refused', () => {
  assert.match(
    String(thrownBy(() => new mp.Value('int' as 'i32'))),
    /TypeError: the type of a Value is one of i8, u8, .*, not int/,
  );
  assert.match(String(thrownBy(() => new mp.Value('i32', 1n as never))), 'because its type is i32, not bigint');
  assert.match(String(thrownBy(() => new mp.Value('i64').add(1 as never))), 'must be a bigint');
  assert.instance(
    thrownBy(() => new mp.SharedArray('u8', -1)),
    RangeError,
  );
  assert.match(String(thrownBy(() => new mp.SharedArray('u8', ['1'] as never))), 'element 0 must be a number');
});

test.run();
