import * as assert from 'uvu/assert';
import { FrameReader, frameOf } from '../../../lib/process/channel/frames.ts';
import { thrownBy } from '../../support/failure.ts';
import { suite } from '../../support/harness.ts';

const test = suite('frames');

/** Reads chunks, and returns the messages in them. */
function read(chunks: Iterable<Buffer>, maxMessageBytes = Infinity): unknown[] {
  const messages: unknown[] = [];
  const reader = new FrameReader(
    (message) => messages.push(message),
    () => maxMessageBytes,
  );
  for (const chunk of chunks) reader.push(chunk);
  return messages;
}

test('a message arrives as a structured clone', () => {
  const shared = { n: 1 };
  const bytes = new Uint8Array([1, 2, 3]);
  const message = [shared, shared, new Map([[1, new Set(['a'])]]), new Date(0), 10n, NaN, 'häß€', undefined, bytes];

  const [[first, second, ...others]] = read([frameOf(message)]) as [[unknown, unknown, ...unknown[]]];

  assert.is(first, second);
  assert.equal([first, ...others], [shared, ...message.slice(2)]);
  assert.equal(read([frameOf(Buffer.from('ab'))]), [structuredClone(Buffer.from('ab'))]);
});

test('what arrives shares no memory with the frame', () => {
  const frame = frameOf(new Uint8Array([1, 2, 3]));
  const [bytes] = read([frame]) as [Uint8Array];
  frame.fill(0);

  assert.equal(bytes, new Uint8Array([1, 2, 3]));
  assert.is(bytes.buffer.byteLength, 3);
});

test('frames may be cut anywhere, and several may be in one chunk', () => {
  const messages = ['a', { b: 'é'.repeat(100) }, new Array(50).fill(1.5), null];
  const whole = Buffer.concat(messages.map((message) => frameOf(message)));
  for (let size = 1; size <= whole.length; size += 1) {
    const chunks = [];
    for (let at = 0; at < whole.length; at += size) chunks.push(whole.subarray(at, at + size));
    assert.equal(read(chunks), messages, `in chunks of ${size}`);
  }
});

test('what cannot be cloned is a DataCloneError', () => {
  for (const message of [
    () => 1,
    Symbol('s'),
    new SharedArrayBuffer(1),
    new MessageChannel().port1,
    { deep: [class {}] },
  ]) {
    const error = thrownBy(() => frameOf(message)) as Error;
    assert.instance(error, DOMException);
    assert.is(error.name, 'DataCloneError');
  }
});

test('a message that is too long is a RangeError at the sender and at the receiver', () => {
  const long = 'x'.repeat(1_000);

  assert.instance(
    thrownBy(() => frameOf(long, 1_000)),
    RangeError,
  );
  assert.instance(
    thrownBy(() => read([frameOf(long)], 1_000)),
    RangeError,
  );
  assert.equal(read([frameOf(long, 1_100)], 1_100), [long]);
});

test('the receiver refuses a message that is too long before it has arrived', () => {
  assert.instance(
    thrownBy(() => read([frameOf('x'.repeat(1_000)).subarray(0, 4)], 100)),
    RangeError,
  );
});

test('garbage is an error', () => {
  const frame = frameOf({ a: 1 });
  frame.fill(0x77, 4);

  assert.instance(
    thrownBy(() => read([frame])),
    Error,
  );
});

test.run();
