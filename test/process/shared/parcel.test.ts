import * as assert from 'uvu/assert';
import { network } from '../../../lib/process/network/network.ts';
import { contentOf, parcelOf } from '../../../lib/process/shared/parcel.ts';
import { decode } from '../../../lib/process/travel/encode.ts';
import { suite } from '../../support/harness.ts';

const test = suite('process/shared/parcel');

for (const value of [{ page: 1 }, new Map([['page', 1]]), 'x'.repeat(10_000)]) {
  test(`a parcel takes the memory of its value alone with it: ${String(value).slice(0, 20)}`, () => {
    const parcel = parcelOf(value, network.home);
    const { buffer } = parcel.content as Uint8Array;

    assert.is(buffer.byteLength, parcel.bytes);
    assert.equal(decode(contentOf(structuredClone(parcel))), value);
  });
}

test.run();
