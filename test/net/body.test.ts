import { PassThrough, Readable } from 'node:stream';
import * as assert from 'uvu/assert';
import { race, sleep, spawn, Timeout } from '../../lib/index.ts';
import { bytes, json, text } from '../../lib/net/body.ts';
import { ConcurrentUseError, LimitExceededError } from '../../lib/net/index.ts';
import { recv } from '../../lib/net/reading.ts';
import { transportOf } from '../../lib/net/transport.ts';
import { assertNoLeaks, waitAllBlocked } from '../../lib/testing/index.ts';
import { failureOf, thrownBy } from '../support/failure.ts';
import { suite } from '../support/harness.ts';

const test = suite('the whole of a stream');

test('it is text, JSON or bytes, whatever pieces it comes in', async () => {
  for (const pieces of [['[1,2]'], ['[1,', '2]'], [...'[1,2]']]) {
    const stream = (): Readable =>
      Readable.from(
        pieces.map((piece) => Buffer.from(piece)),
        { objectMode: false },
      );
    assert.is(await text(stream()), '[1,2]');
    assert.equal(await json(stream()), [1, 2]);
    assert.equal(await bytes(stream()), new Uint8Array(Buffer.from('[1,2]')));
  }
});

test('an empty stream is an empty text, and no JSON', async () => {
  const empty = (): Readable => Readable.from([], { objectMode: false });
  assert.is(await text(empty()), '');
  assert.is((await bytes(empty())).length, 0);
  assert.instance(await failureOf(json(empty())), SyntaxError);
});

test('the byte order mark is left away, and bytes are memory of their own', async () => {
  const stream = new PassThrough();
  stream.end('\ufeffmarked');
  assert.is(await text(stream), 'marked');
  const other = new PassThrough();
  other.end('own');
  assert.is((await bytes(other)).buffer.byteLength, 3);
});

test('a read over the limit, or one that times out or loses a race, takes nothing', async () => {
  const stream = new PassThrough();
  stream.write('four');
  await assertNoLeaks(async () => {
    const error = await failureOf(text(stream, { limit: 3 }));
    assert.instance(error, LimitExceededError);
    assert.is((error as LimitExceededError).limit, 3);
    assert.instance(await failureOf(text(stream, { timeout: 5 })), Timeout);
    assert.instance(await failureOf(text(stream, { timeout: 0 })), Timeout);
    assert.is(
      await race([
        text(stream),
        function* () {
          yield* sleep(5);
          return 'lost';
        },
      ]),
      'lost',
    );
    const killed = spawn(() => text(stream));
    await waitAllBlocked();
    await killed.kill();
  });
  assert.is(String(await recv(transportOf(stream), 1)), 'f');
  stream.end('!');
  assert.is(await text(stream, { limit: 4 }), 'our!');
});

test('a second reader gets a clear error, and the first continues', async () => {
  const stream = new PassThrough();
  const first = spawn(() => text(stream));
  await waitAllBlocked();
  assert.instance(await failureOf(text(stream)), ConcurrentUseError);
  stream.end('whole');
  assert.is(await first, 'whole');
});

test('the error that breaks the stream is thrown', async () => {
  const stream = new PassThrough();
  const reading = spawn(() => text(stream));
  await waitAllBlocked();
  const broken = new Error('broken');
  stream.destroy(broken);
  assert.is(await failureOf(reading), broken);
});

test('an invalid limit is refused', () => {
  assert.instance(
    thrownBy(() => text(new PassThrough(), { limit: -1 })),
    RangeError,
  );
});

test.run();
