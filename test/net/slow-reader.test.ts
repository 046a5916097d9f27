import { once } from 'node:events';
import net, { type AddressInfo, connect, type Server } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import * as assert from 'uvu/assert';
import { type Coroutine, type Operation, spawn } from '../../lib/index.ts';
import { HttpServer, StreamServer } from '../../lib/net/index.ts';
import { waitAllBlocked } from '../../lib/testing/index.ts';
import { suite } from '../support/harness.ts';
import { whilePatched } from '../support/patched.ts';
import { closed, LOOPBACK, paired } from './pairs.ts';

const MEBIBYTE = 1024 * 1024;
const GIBIBYTE = 1024 * MEBIBYTE;
/** How much a sender sends at once. */
const CHUNK = 256 * 1024;
/** After this many bytes the reader stops, until back-pressure blocks the sender. */
const PORTION = 64 * MEBIBYTE;
/** Kernels buffer some MiB for a connection. The whole amount is several times as much. */
const BOUND = 100 * MEBIBYTE;

const test = suite('a peer that reads slowly');

// Data that was sent is garbage, which later versions of Node collect late.
setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** The data that a sender sends, and how much of it has been sent. */
class Sender {
  sent = 0;

  /** Each chunk has its own memory, so that retained data shows in the memory of the process. */
  *send(size: number, sendall: (data: Buffer) => Operation<void>): Coroutine<void> {
    while (this.sent < size) {
      yield* sendall(Buffer.alloc(CHUNK, 'x'));
      this.sent += CHUNK;
    }
  }
}

/** How much has arrived; and the peaks of the amount in transit and of the memory of buffers. */
interface Findings {
  received: number;
  ahead: number;
  memory: number;
}

/** Reads everything that a server sends, with a stop after each portion. */
async function readSlowly(port: number, sender: Sender, request = ''): Promise<Findings> {
  const found: Findings = { received: 0, ahead: 0, memory: 0 };
  const before = process.memoryUsage().arrayBuffers;
  let allowed = PORTION;
  let stopped = (): void => {};
  const callback = (count: number): boolean => {
    found.received += count;
    if (found.received >= allowed) stopped();
    return found.received < allowed;
  };
  const reader = connect({ port, host: '127.0.0.1', onread: { buffer: Buffer.alloc(CHUNK), callback } });
  const state = { ended: false };
  const end = once(reader, 'end').then(() => {
    state.ended = true;
  });
  reader.write(request);
  for (;;) {
    await Promise.race([end, new Promise<void>((resolve) => (stopped = resolve))]);
    if (state.ended) break;
    await waitAllBlocked();
    found.ahead = Math.max(found.ahead, sender.sent - found.received);
    collectGarbage();
    found.memory = Math.max(found.memory, process.memoryUsage().arrayBuffers - before);
    allowed += PORTION;
    reader.resume();
  }
  reader.destroy();
  await once(reader, 'close');
  return found;
}

function heldFlat(found: Findings, size: number): void {
  assert.ok(found.received >= size, `${found.received} bytes have come`);
  assert.ok(found.ahead < BOUND, `${found.ahead} bytes were said to be sent and had not come`);
  assert.ok(found.memory < BOUND, `${found.memory} bytes of buffers`);
}

test('sendall() of 1 GiB holds memory flat', async () => {
  const sender = new Sender();
  const server = new StreamServer(LOOPBACK, (socket) => sender.send(GIBIBYTE, (data) => socket.sendall(data)));
  await server.start();
  heldFlat(await readSlowly(server.port as number, sender), GIBIBYTE);
  await server.stop();
});

test('so does sendall() of a patched socket', () =>
  whilePatched(async () => {
    const size = GIBIBYTE / 4;
    const sender = new Sender();
    const server: Server = net.createServer(function* (socket) {
      yield* sender.send(size, (data) => socket.sendall(data));
    });
    await once(server.listen(LOOPBACK), 'listening');
    heldFlat(await readSlowly((server.address() as AddressInfo).port, sender), size);
    server.close();
    await once(server, 'close');
  }));

test('and sendall() of an HTTP response', async () => {
  const size = GIBIBYTE / 4;
  const sender = new Sender();
  const server = new HttpServer(LOOPBACK, (_request, response) => sender.send(size, (data) => response.sendall(data)));
  await server.start();
  const request = 'GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n';
  heldFlat(await readSlowly(server.port as number, sender, request), size);
  await server.stop();
});

paired(test)('one sendall() of much data gives the stream a piece at a time', async (left, right) => {
  const size = GIBIBYTE / 4;
  const sending = spawn(() => left.sendall(Buffer.alloc(size)));
  let given = 0;
  let received = 0;
  while (received < size) {
    await waitAllBlocked();
    given = Math.max(given, left.stream.writableLength);
    for (const stop = received + PORTION; received < stop && received < size; ) received += (await right.recv()).length;
  }
  await sending;
  assert.is(received, size);
  assert.ok(given > 0 && given <= MEBIBYTE, `the stream held ${given} bytes`);
});

paired(test)('a greenlet that keeps sending to an equally fast reader lets others run', async (left, right) => {
  const reader = spawn(function* read() {
    while ((yield* right.recv()).length > 0);
  });
  let turns = 0;
  const sender = spawn(function* send() {
    for (;;) {
      yield* left.sendall('x');
      turns += 1;
    }
  });
  // Both are ready: neither this nor the other greenlet has to wait before the sender does.
  const other = spawn(() => turns);
  assert.ok((await other) <= 16);
  await sender.kill();
  await closed(left);
  await reader;
});

test.run();
