import * as assert from 'uvu/assert';
import { Event, sleep, spawn } from '../../lib/index.ts';
import { connect, connectTls, HttpServer, type HttpServerOptions, listen, type Socket } from '../../lib/net/index.ts';
import { waitAllBlocked } from '../../lib/testing/index.ts';
import { thrownBy } from '../support/failure.ts';
import { suite } from '../support/harness.ts';
import { cert, key } from './certificate.ts';
import { closed, LOOPBACK } from './pairs.ts';

const test = suite('stop() of an HttpServer that leaves its connections to others');
const HOST = '127.0.0.1';
const GET = 'GET /x HTTP/1.1\r\nhost: x\r\n\r\n';

function echoing(options?: HttpServerOptions): HttpServer {
  return new HttpServer(LOOPBACK, (asked, response) => void response.end(`at ${asked.url}`), options);
}

/** Reads one answer, and says whether it keeps the connection open. */
async function answerOf(socket: Socket): Promise<'keep-alive' | 'close'> {
  const head = (await socket.readUntil('\r\n\r\n')).toString();
  assert.match(head, /^HTTP\/1\.1 200 OK\r\n/);
  await socket.recvExactly(5);
  return /connection: close/i.test(head) ? 'close' : 'keep-alive';
}

async function turns(): Promise<void> {
  for (let n = 0; n < 10; n += 1) await waitAllBlocked();
}

/** A connection that the server has accepted. */
async function accepted(server: HttpServer, port: number): Promise<Socket> {
  const arrived = new Event();
  server.server.once('connection', () => arrived.set());
  const socket = await connect(port, HOST);
  await arrived.wait();
  return socket;
}

test('on a shared socket, it serves the first request of a connection that was accepted', async () => {
  using listener = await listen(LOOPBACK);
  const server = echoing();
  await server.start(listener);
  const socket = await accepted(server, listener.port ?? 0);
  const stop = server.stop();
  await turns();
  await socket.sendall(GET);
  assert.is(await answerOf(socket), 'close');
  assert.is((await socket.recv()).length, 0);
  await closed(socket);
  await stop;
});

test('it does not wait for a client that goes away, nor longer than its time limit', async () => {
  using listener = await listen(LOOPBACK);
  const first = echoing();
  await first.start(listener);
  const leaves = await accepted(first, listener.port ?? 0);
  const stop = first.stop();
  await turns();
  await closed(leaves);
  await stop;
  const second = echoing();
  await second.start(listener);
  const stays = await accepted(second, listener.port ?? 0);
  await second.stop({ timeout: 1 });
  assert.is((await stays.recv().catch(() => Buffer.alloc(0))).length, 0);
  await closed(stays);
});

test('on a shared socket, it finishes a TLS handshake that has begun', async () => {
  using listener = await listen(LOOPBACK);
  const server = echoing({ tls: { cert, key } });
  await server.start(listener);
  const arrived = new Event();
  server.server.once('connection', () => arrived.set());
  const where = { port: listener.port ?? 0, host: HOST, ca: cert, servername: 'greenhub.test' };
  const connecting = spawn(() => connectTls(where));
  await arrived.wait();
  const stop = server.stop();
  const socket = await connecting.get();
  await turns();
  await socket.sendall(GET);
  assert.is(await answerOf(socket), 'close');
  await closed(socket);
  await stop;
});

test('it closes idle connections at once, unless `drain` says otherwise', async () => {
  using listener = await listen(LOOPBACK);
  for (const drain of [0, 60_000]) {
    const server = echoing();
    await server.start(listener);
    const socket = await connect(listener.port ?? 0, HOST);
    await socket.sendall(GET);
    assert.is(await answerOf(socket), 'keep-alive');
    const stop = server.stop({ drain });
    await turns();
    if (drain > 0) {
      await socket.sendall(GET);
      assert.is(await answerOf(socket), 'close');
    }
    assert.is((await socket.recv().catch(() => Buffer.alloc(0))).length, 0);
    await closed(socket);
    await stop;
  }
});

test('`drain` holds for a server that listens itself, and for requests that were begun', async () => {
  const go = new Event();
  const begun = new Event();
  const server = new HttpServer(LOOPBACK, function* slow(asked, response) {
    if (asked.url === '/early') response.writeHead(200, { 'content-length': 5 }).flushHeaders();
    begun.set();
    yield* go.wait();
    response.end('abcde');
  });
  await server.start();
  const { port = 0 } = server;
  const late = await connect(port, HOST);
  await late.sendall(GET);
  const early = await connect(port, HOST);
  await early.sendall(GET.replace('/x', '/early'));
  while (server.size < 2) await waitAllBlocked();
  const stop = server.stop({ drain: 60_000 });
  await turns();
  go.set();
  assert.is(await answerOf(late), 'close');
  // Its headers had promised to keep the connection open, so the client may send one request more.
  assert.is(await answerOf(early), 'keep-alive');
  await early.sendall(GET);
  assert.is(await answerOf(early), 'close');
  await closed(late);
  await closed(early);
  await stop;
});

test('it serves all requests of a pipeline that arrive during `drain`', async () => {
  const server = echoing();
  await server.start(LOOPBACK);
  const socket = await connect(server.port ?? 0, HOST);
  await socket.sendall(GET);
  assert.is(await answerOf(socket), 'keep-alive');
  const stop = server.stop({ drain: 60_000 });
  await turns();
  await socket.sendall(GET.repeat(3));
  const answers = [await answerOf(socket), await answerOf(socket), await answerOf(socket)];
  assert.equal(answers, ['keep-alive', 'keep-alive', 'close']);
  await closed(socket);
  await stop;
});

test('after `drain` the idle connections are closed', async () => {
  const server = echoing();
  await server.start(LOOPBACK);
  const socket = await connect(server.port ?? 0, HOST);
  await socket.sendall(GET);
  await answerOf(socket);
  await server.stop({ drain: 1 });
  assert.is((await socket.recv().catch(() => Buffer.alloc(0))).length, 0);
  await closed(socket);
});

test('a serveForever() that is cancelled drains too', async () => {
  const server = echoing();
  const serving = spawn(() => server.serveForever({ stopTimeout: 60_000, drain: 60_000 }));
  while (server.port === undefined) await sleep(0);
  const socket = await connect(server.port, HOST);
  await socket.sendall(GET);
  assert.is(await answerOf(socket), 'keep-alive');
  serving.kill();
  await turns();
  await socket.sendall(GET);
  assert.is(await answerOf(socket), 'close');
  await closed(socket);
  await serving.join();
});

test('a wrong `drain` is an error at once', () => {
  const server = echoing();
  assert.match(
    String(thrownBy(() => server.stop({ drain: -1 }))),
    /RangeError: drain must be 0 or more milliseconds, not -1/,
  );
  assert.instance(
    thrownBy(() => server.serveForever({ drain: '1' as unknown as number })),
    TypeError,
  );
  assert.match(String(thrownBy(() => server.stop({ drian: 1 } as object))), /did you mean drain\?/);
});

test.run();
