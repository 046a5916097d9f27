import { Writable } from 'node:stream';
import * as assert from 'uvu/assert';
import { spawn } from '../../lib/index.ts';
import { sendall } from '../../lib/net/sending.ts';
import { transportOf } from '../../lib/net/transport.ts';
import { waitAllBlocked } from '../../lib/testing/index.ts';
import { failureOf } from '../support/failure.ts';
import { suite } from '../support/harness.ts';

const test = suite('net/write-side');

/** A stream that takes a piece only when the test says so. */
class SlowStream extends Writable {
  readonly pieces: string[] = [];
  private taken: (() => void) | null = null;

  override _write(piece: Buffer, _encoding: string, taken: () => void): void {
    this.pieces.push(String(piece));
    this.taken = taken;
  }

  takePiece(): void {
    this.taken?.();
  }
}

test('a sender writes only when the stream has taken the data of the previous sender', async () => {
  const stream = new SlowStream();
  const transport = transportOf(stream);
  const first = spawn(() => sendall(transport, 'first'));
  const second = spawn(() => sendall(transport, 'second'));
  await waitAllBlocked();
  assert.equal(stream.pieces, ['first']);

  stream.takePiece();
  await first;
  assert.equal(stream.pieces, ['first', 'second']);
  stream.takePiece();
  await second;
});

test('shutDown() ends the stream once the senders in line have sent', async () => {
  const stream = new SlowStream();
  const transport = transportOf(stream);
  const sender = spawn(() => sendall(transport, 'last'));
  await waitAllBlocked();

  transport.shutDown();
  assert.is(transport.writes.shut, true);
  assert.is(stream.writableEnded, false);
  stream.takePiece();
  await sender;

  assert.is(stream.writableEnded, true);
});

test('senders in line get the error that broke the stream', async () => {
  const stream = new SlowStream();
  const broken = new Error('broken');
  const senders = ['first', 'second'].map((data) => spawn(() => failureOf(sendall(transportOf(stream), data))));
  await waitAllBlocked();

  stream.destroy(broken);

  for (const sender of senders) assert.is(await sender, broken);
});

test('without senders, refuseAll() creates no error', () => {
  transportOf(new SlowStream()).writes.refuseAll(() => assert.unreachable());
});

test.run();
