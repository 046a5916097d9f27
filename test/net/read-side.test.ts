import { once } from 'node:events';
import { Readable } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import * as assert from 'uvu/assert';
import { spawn } from '../../lib/index.ts';
import { ConcurrentUseError, type Socket } from '../../lib/net/index.ts';
import { readLine, recv } from '../../lib/net/reading.ts';
import { transportOf } from '../../lib/net/transport.ts';
import { waitAllBlocked } from '../../lib/testing/index.ts';
import { failureOf, thrownBy } from '../support/failure.ts';
import { suite } from '../support/harness.ts';
import { paired } from './pairs.ts';

const test = suite('net/read-side');
const onPair = paired(test);

/** Waits until this many unread bytes have arrived. */
async function arrived({ stream }: Socket, count: number): Promise<void> {
  while (stream.bytesRead < count) await turn();
}

/** Everything that a stream's listeners get from now on, up to its end. */
async function rest(stream: Readable): Promise<string> {
  let text = '';
  stream.on('data', (chunk) => {
    text += chunk;
  });
  await once(stream, 'end');
  return text;
}

onPair('a listener that takes the stream over gets the data that was read ahead', async (left, right) => {
  await left.sendall('first\nsecond\n');
  assert.is(await right.readLine(), 'first');
  const text = rest(right.stream);
  await left.sendall('third\n');
  left.shutdown();
  assert.is(await text, 'second\nthird\n');
});

onPair('a pipe that takes the stream over gets the data that was read ahead', async (left, right) => {
  await left.sendall('first\nsecond\n');
  assert.is(await right.readLine(), 'first');
  right.stream.pipe(right.stream);
  assert.is(await left.readLine(), 'second');
});

onPair('a for await that takes the stream over gets the data that was read ahead', async (left, right) => {
  await left.sendall('first\nsecond\n');
  assert.is(await right.readLine(), 'first');
  const iterator = right.stream[Symbol.asyncIterator]();
  assert.is(String((await iterator.next()).value), 'second\n');
});

onPair('a stream that was paused for lack of a reader resumes when a listener takes it over', async (left, right) => {
  const size = 1024 * 1024;
  const sender = spawn(function* () {
    yield* left.sendall(Buffer.alloc(size, 'x'));
    left.shutdown();
  });
  await arrived(right, 64 * 1024);
  assert.is((await rest(right.stream)).length, size);
  await sender;
});

onPair('recv() fails while a listener reads the stream, and works again after that', async (left, right) => {
  const { stream } = right;
  const listener = (): void => {};
  stream.on('data', listener);
  const error = await failureOf(right.recv());
  assert.instance(error, ConcurrentUseError);
  assert.match((error as Error).message, /'data' event/);
  stream.off('data', listener);
  await left.sendall('hello\n');
  assert.is(await right.readLine(), 'hello');
});

onPair('a listener cannot take the stream over while a greenlet reads it', async (left, right) => {
  const reader = spawn(() => right.recv());
  await waitAllBlocked();
  const error = thrownBy(() => right.stream.on('data', () => {}));
  assert.instance(error, ConcurrentUseError);
  await left.sendall('hello');
  assert.is(String(await reader), 'hello');
});

onPair('taking over an ended stream with unread data fails, and recv() still gets the data', async (left, right) => {
  await left.sendall('unread');
  left.shutdown();
  await once(right.stream, 'end');
  const error = thrownBy(() => right.stream.on('data', () => {}));
  assert.match((error as Error).message, /6 bytes of Socket#\d+ were read ahead.*take them with recv\(\)/);
  assert.is(String(await right.recv()), 'unread');
});

test('any readable stream can be read, even one with an encoding', async () => {
  const stream = Readable.from([Buffer.from('zwölf\nBox'), Buffer.from('kämpfer')], { objectMode: false });
  stream.setEncoding('utf8');
  assert.is(await readLine(transportOf(stream)), 'zwölf');
  assert.is(await readLine(transportOf(stream)), 'Boxkämpfer');
  assert.is((await recv(transportOf(stream))).length, 0);
});

test('a stream of objects is refused', async () => {
  const error = await failureOf(recv(transportOf(Readable.from([{ a: 1 }]))));
  assert.instance(error, TypeError);
  assert.match((error as Error).message, /forEach/);
});

test.run();
