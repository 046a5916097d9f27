import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket as Stream } from 'node:net';
import * as assert from 'uvu/assert';
import { spawn, Timeout } from '../../lib/index.ts';
import { connectTls, StreamServer } from '../../lib/net/index.ts';
import { waitAllBlocked } from '../../lib/testing/index.ts';
import { failureOf } from '../support/failure.ts';
import { suite } from '../support/harness.ts';
import { cert, key } from './certificate.ts';
import { closed, LOOPBACK, portOf } from './pairs.ts';

const test = suite('TLS');

const HOST = '127.0.0.1';
const NAME = 'greenhub.test';

async function echoServer(): Promise<StreamServer> {
  const server = new StreamServer(
    LOOPBACK,
    function* echo(socket) {
      for (let data = yield* socket.recv(); data.length > 0; data = yield* socket.recv()) yield* socket.sendall(data);
    },
    { tls: { cert, key } },
  );
  await server.start();
  return server;
}

test('megabytes are echoed, and each side ends by itself', async () => {
  const server = await echoServer();
  const socket = await connectTls({ host: HOST, port: portOf(server), ca: cert, servername: NAME });
  const data = Buffer.alloc(4 * 1024 * 1024, 'secret');
  const sender = spawn(function* send() {
    yield* socket.sendall(data);
    socket.shutdown();
  });
  assert.ok((await socket.recvExactly(data.length)).equals(data));
  assert.is((await socket.recv()).length, 0);
  await sender;
  await closed(socket);
  await server.stop();
});

test('a certificate for another name is thrown at the waiter', async () => {
  const server = await echoServer();
  const job = spawn(function* visitor() {
    return yield* connectTls({ host: HOST, port: portOf(server), ca: cert, servername: 'other.test' });
  });
  const error = (await failureOf(job)) as NodeJS.ErrnoException;
  assert.is(error.code, 'ERR_TLS_CERT_ALTNAME_INVALID');
  assert.match(error.stack ?? '', /at visitor/);
  await server.stop({ timeout: 0 });
});

test('an untrusted certificate is thrown at the waiter', async () => {
  const server = await echoServer();
  const error = await failureOf(connectTls({ host: HOST, port: portOf(server), servername: NAME }));
  assert.is((error as NodeJS.ErrnoException).code, 'DEPTH_ZERO_SELF_SIGNED_CERT');
  await server.stop({ timeout: 0 });
});

test('a peer that never shakes hands is a Timeout, and the connection is closed', async () => {
  const streams: Stream[] = [];
  const server = createServer((stream) => streams.push(stream.resume().on('error', () => {})));
  await once(server.listen(0, HOST), 'listening');
  const { port } = server.address() as AddressInfo;
  assert.instance(await failureOf(connectTls({ host: HOST, port }, { timeout: 20 })), Timeout);
  while (!streams[0]?.closed) await waitAllBlocked();
  await once(server.close(), 'close');
});

test('a closed socket sends its peer a proper end', async () => {
  const server = await echoServer();
  const socket = await connectTls({ host: HOST, port: portOf(server), ca: cert, servername: NAME });
  await socket.sendall('x');
  await socket.recv();
  await closed(socket);
  // Its handler has read the end of the stream and has ended.
  await server.stop();
  assert.is(server.size, 0);
});

test.run();
