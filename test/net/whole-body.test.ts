import * as assert from 'uvu/assert';
import { bytesOf, checkedLimit, textOf } from '../../lib/net/whole-body.ts';
import { thrownBy } from '../support/failure.ts';
import { suite } from '../support/harness.ts';

const test = suite('net/whole-body');

test('the text of a body joins characters that were split between pieces, and drops a byte order mark', () => {
  const bytes = Buffer.from('\ufeffKäse');

  assert.is(textOf([bytes.subarray(0, 5), bytes.subarray(5)], bytes.length), 'Käse');
});

test('the bytes of a body have a buffer of their own', () => {
  const bytes = bytesOf([Buffer.from('ab'), Buffer.from('c')], 3);

  assert.equal([...bytes], [97, 98, 99]);
  assert.is(bytes.buffer.byteLength, 3);
});

for (const limit of [-1, Number.NaN]) {
  test(`a limit of ${limit} is refused`, () => {
    assert.instance(
      thrownBy(() => checkedLimit(limit)),
      RangeError,
    );
  });
}

test.run();
