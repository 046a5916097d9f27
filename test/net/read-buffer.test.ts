import * as assert from 'uvu/assert';
import { ReadBuffer } from '../../lib/net/read-buffer.ts';
import { suite } from '../support/harness.ts';
import { Random } from '../support/random.ts';

const test = suite('read buffer');

function bufferOf(...chunks: string[]): ReadBuffer {
  const buffer = new ReadBuffer();
  for (const chunk of chunks) buffer.push(Buffer.from(chunk));
  return buffer;
}

test('bytes are taken in the order of the pushes, in portions of any size', () => {
  const buffer = bufferOf('ab', 'cde', 'f');
  assert.is(buffer.take(1).toString(), 'a');
  assert.is(buffer.take(4).toString(), 'bcde');
  assert.is(buffer.length, 1);
  assert.is(buffer.take(1).toString(), 'f');
  assert.is(buffer.length, 0);
});

test('all() gives the bytes that were not taken, and leaves them there', () => {
  const buffer = bufferOf('ab', 'cde', 'f');
  buffer.take(3);
  assert.is(buffer.all().toString(), 'def');
  assert.is(buffer.take(3).toString(), 'def');
  assert.is(buffer.all().length, 0);
});

test('a whole chunk is given without being copied', () => {
  const chunk = Buffer.alloc(1_000, 'x');
  const buffer = new ReadBuffer();
  buffer.push(chunk);
  assert.is(buffer.take(1_000).buffer, chunk.buffer);
});

test('a match that begins in one chunk and ends in a later one is found', () => {
  const buffer = bufferOf('a\r', '\n', '\r', '\nb');
  assert.is(buffer.indexOf(Buffer.from('\r\n\r\n'), 0), 1);
  assert.is(buffer.indexOf(Buffer.from('\n'), 3), 4);
  assert.is(buffer.indexOf(Buffer.from('\r\r'), 0), -1);
});

test('random pushes, takes and searches give the same as a single Buffer', () => {
  const seed = Math.floor(Math.random() * 2 ** 32);
  const random = new Random(seed);
  for (let round = 0; round < 200; round += 1) {
    const buffer = new ReadBuffer();
    let expected = Buffer.alloc(0);
    for (let step = 0; step < 50; step += 1) {
      const chunk = Buffer.from(Array.from({ length: random.int(1, random.pick([3, 700])) }, () => random.int(0, 2)));
      buffer.push(chunk);
      expected = Buffer.concat([expected, chunk]);
      const sought = Buffer.from(Array.from({ length: random.int(1, 12) }, () => random.int(0, 2)));
      const from = random.int(0, expected.length);
      assert.is(buffer.indexOf(sought, from), expected.indexOf(sought, from), `seed ${seed}`);
      const count = random.int(0, expected.length);
      if (random.chance(0.5)) {
        assert.ok(buffer.take(count).equals(expected.subarray(0, count)), `seed ${seed}`);
        expected = expected.subarray(count);
      }
      assert.is(buffer.length, expected.length, `seed ${seed}`);
    }
  }
});

test.run();
