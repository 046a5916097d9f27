import { randomBytes } from 'node:crypto';
import * as assert from 'uvu/assert';
import { type Coroutine, spawn, Timeout } from '../../lib/index.ts';
import { connect, type Socket, SocketClosedError, StreamServer } from '../../lib/net/index.ts';
import { waitAllBlocked } from '../../lib/testing/index.ts';
import { failureOf } from '../support/failure.ts';
import { suite } from '../support/harness.ts';
import { Random } from '../support/random.ts';
import { closed, LOOPBACK, paired, portOf } from './pairs.ts';

const MEBIBYTE = 1024 * 1024;
/** More than the kernel buffers for a connection. */
const MUCH = Buffer.alloc(32 * MEBIBYTE, 'much');

const test = suite('sending to a socket');
const onPair = paired(test);

function* echo(socket: Socket): Coroutine<void> {
  for (let data = yield* socket.recv(); data.length > 0; data = yield* socket.recv()) yield* socket.sendall(data);
}

test('an echo of megabytes in random portions is exact to the byte', async () => {
  const seed = Math.floor(Math.random() * 2 ** 32);
  const random = new Random(seed);
  const data = randomBytes(8 * MEBIBYTE);
  const server = new StreamServer(LOOPBACK, echo);
  await server.start();
  const socket = await connect(portOf(server), '127.0.0.1');
  const sender = spawn(function* send() {
    for (let at = 0; at < data.length; ) {
      const end = at + random.int(1, random.pick([10, 1_000, 100_000]));
      yield* socket.sendall(data.subarray(at, end));
      at = end;
    }
    socket.shutdown();
  });
  const parts: Buffer[] = [];
  await spawn(function* receive() {
    for (;;) {
      const part = yield* socket.recv(random.int(1, random.pick([10_000, 1_000_000])));
      if (part.length === 0) return;
      parts.push(part);
    }
  });
  await sender;
  assert.ok(Buffer.concat(parts).equals(data), `seed ${seed}`);
  await closed(socket);
  await server.stop();
});

onPair('back-pressure stops a sender to a slow reader, and little is kept in memory', async (left, right) => {
  const chunk = Buffer.alloc(64 * 1024);
  let most = 0;
  const sender = spawn(function* send() {
    for (let sent = 0; sent < 16 * MEBIBYTE; sent += chunk.length) {
      yield* left.sendall(chunk);
      most = Math.max(most, left.stream.writableLength);
    }
    left.shutdown();
  });
  let received = 0;
  await spawn(function* receiveSlowly() {
    for (;;) {
      const { length } = yield* right.recv(100_000);
      if (length === 0) return;
      received += length;
      yield* waitAllBlocked();
    }
  });
  await sender;
  assert.is(received, 16 * MEBIBYTE);
  assert.ok(most <= chunk.length, `${most} bytes were kept`);
});

onPair('the data of several senders goes out each in one piece, in their order', async (left, right) => {
  const pieces = ['a', 'b', 'c'].map((letter) => Buffer.alloc(MEBIBYTE, letter));
  const senders = pieces.map((piece) => spawn(() => left.sendall(piece)));
  assert.ok((await right.recvExactly(3 * MEBIBYTE)).equals(Buffer.concat(pieces)));
  for (const sender of senders) await sender;
});

onPair('ten thousand may stand in line', async (left, right) => {
  const first = spawn(() => left.sendall(MUCH));
  const senders = Array.from({ length: 10_000 }, (_, id) => spawn(() => left.sendall(`${id}\n`)));
  await right.recvExactly(MUCH.length);
  for (let id = 0; id < senders.length; id += 1) assert.is(await right.readLine(), `${id}`);
  await first;
  for (const sender of senders) await sender;
});

onPair('shutdown() ends one side after pending sends, and the other side remains open', async (left, right) => {
  const sender = spawn(() => left.sendall(MUCH));
  await waitAllBlocked();
  left.shutdown();
  assert.instance(await failureOf(left.sendall('more')), SocketClosedError);
  assert.ok((await right.recvExactly(MUCH.length)).equals(MUCH));
  assert.is((await right.recv()).length, 0);
  await sender;
  await right.sendall('still here');
  assert.is((await left.recv()).toString(), 'still here');
});

onPair('a sendall() that is killed halfway closes the socket', async (left, right) => {
  const sender = spawn(() => left.sendall(MUCH));
  const second = spawn(() => left.sendall('after it'));
  const reader = spawn(() => left.recv());
  const failures = Promise.all([failureOf(second), failureOf(reader)]);
  await waitAllBlocked();
  await sender.kill();
  for (const error of await failures) {
    assert.instance(error, SocketClosedError);
    assert.match((error as Error).message, /a sendall\(\) was cancelled halfway/);
  }
  assert.is(left.closed, true);
  assert.is.not(await failureOf(right.recvExactly(MUCH.length)), undefined);
});

onPair('a sendall() that is killed in line has sent nothing and does no harm', async (left, right) => {
  const first = spawn(() => left.sendall(MUCH));
  await waitAllBlocked();
  const second = spawn(() => left.sendall('never'));
  const third = spawn(() => left.sendall('third'));
  await waitAllBlocked();
  await second.kill();
  await right.recvExactly(MUCH.length);
  assert.is((await right.recvExactly(5)).toString(), 'third');
  await first;
  await third;
});

onPair('a sendall() that times out halfway closes the socket, one with timeout 0 does not', async (left) => {
  assert.instance(await failureOf(left.sendall('x', { timeout: 0 })), Timeout);
  assert.is(left.closed, false);
  assert.instance(await failureOf(left.sendall(MUCH, { timeout: 10 })), Timeout);
  assert.is(left.closed, true);
});

onPair('closing the socket wakes senders with an error', async (left) => {
  const sender = spawn(() => left.sendall(MUCH));
  await waitAllBlocked();
  left.close();
  assert.instance(await failureOf(sender), SocketClosedError);
});

onPair('a reset by the peer is thrown at the sender', async (left, right) => {
  const sender = spawn(() => left.sendall(MUCH));
  await waitAllBlocked();
  right.stream.resetAndDestroy();
  assert.match(((await failureOf(sender)) as NodeJS.ErrnoException).code ?? '', /ECONNRESET|EPIPE/);
});

onPair('data sent before close() is delivered', async (left, right) => {
  const data = Buffer.alloc(MEBIBYTE, 'x');
  const reader = spawn(() => right.recvExactly(data.length));
  await left.sendall(data);
  left.close();
  assert.ok((await reader).equals(data));
  assert.is((await right.recv()).length, 0);
});

onPair('an operation may send again', async (left, right) => {
  const ping = left.sendall('ping');
  await ping;
  await ping;
  assert.is((await right.recvExactly(8)).toString(), 'pingping');
});

test.run();
