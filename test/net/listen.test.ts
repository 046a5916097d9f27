import dns from 'node:dns';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer as createNodeServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { Event, GreenletError, spawn } from '../../lib/index.ts';
import {
  connect,
  connectTls,
  createServer,
  HttpServer,
  ListeningSocket,
  listen,
  request,
  type Socket,
  SocketClosedError,
  StreamServer,
} from '../../lib/net/index.ts';
import { takeHandle } from '../../lib/net/listening-handle.ts';
import { waitAllBlocked } from '../../lib/testing/index.ts';
import { runProgram } from '../support/child.ts';
import { failureOf, thrownBy } from '../support/failure.ts';
import { suite } from '../support/harness.ts';
import { cert, key } from './certificate.ts';
import { closed, LOOPBACK } from './pairs.ts';

const test = suite('listen');
const HOST = '127.0.0.1';
const NAME = 'greenhub.test';

/** A server that sends its name to each connection. */
function named(name: string, listener?: ListeningSocket): StreamServer {
  return new StreamServer(listener, function* tell(socket) {
    yield* socket.sendall(`${name}\n`);
  });
}

/** Connects to a listening socket, and reads the name of the server. */
async function greeting(listener: ListeningSocket): Promise<string | null> {
  const socket = await connect(listener.port ?? 0, HOST);
  const line = await socket.readLine();
  await closed(socket);
  return line;
}

test('it gives a socket that listens at a free port, until it is closed', async () => {
  const listener = await listen(0, HOST);
  const { port } = listener;
  assert.is(typeof port, 'number');
  assert.equal(listener.address, { address: HOST, family: 'IPv4', port });
  assert.match(String(listener), new RegExp(`#\\d+ { listens at ${HOST}:${port} }$`));
  listener.close();
  listener.close();
  assert.ok(listener.closed);
  assert.is(listener.address, null);
  assert.is(listener.port, undefined);
  assert.match(String(listener), / { closed }$/);
  assert.is(((await failureOf(connect(port ?? 0, HOST))) as NodeJS.ErrnoException).code, 'ECONNREFUSED');
});

test('it takes an object, and listens on all addresses without a host', async () => {
  for (const listener of [await listen(LOOPBACK), await listen({ port: 0 }), await listen(0)]) {
    const server = named('here', listener);
    await server.start();
    assert.is(await greeting(listener), 'here');
    await server.stop();
    listener.close();
  }
});

test('it accepts nothing until a server runs on it, and then what has waited', async () => {
  using listener = await listen(LOOPBACK);
  const waits: Promise<string | null>[] = [];
  for (let n = 0; n < 3; n += 1) {
    const socket = await connect(listener.port ?? 0, HOST);
    waits.push(socket.readLine().finally(() => closed(socket)));
  }
  const accepted = new Event();
  const server = new StreamServer(listener, function* tell(socket) {
    accepted.set();
    yield* socket.sendall('served\n');
  });
  for (let turns = 0; turns < 10; turns += 1) await waitAllBlocked();
  assert.not.ok(accepted.isSet());
  await server.start();
  assert.equal(await Promise.all(waits), ['served', 'served', 'served']);
  await server.stop();
});

test('a server that stops leaves it open, and what arrives then waits for the next server', async () => {
  using listener = await listen(LOOPBACK);
  const first = named('first', listener);
  await first.start();
  assert.equal(first.address, listener.address);
  assert.is(first.port, listener.port);
  assert.is(await greeting(listener), 'first');
  await first.stop();
  assert.is(first.address, null);
  assert.not.ok(listener.closed);
  const waits = greeting(listener);
  for (let turns = 0; turns < 10; turns += 1) await waitAllBlocked();
  const second = createServer(function* tell(socket) {
    yield* socket.sendall('second\n');
  });
  await second.start(listener);
  assert.is(await waits, 'second');
  await second.stop();
});

test('a stop answers what was begun, and accepts nothing from then on', async () => {
  using listener = await listen(LOOPBACK);
  const begun = new Event();
  const go = new Event();
  const first = new StreamServer(listener, function* slow(socket) {
    begun.set();
    yield* go.wait();
    yield* socket.sendall('the old one\n');
  });
  await first.start();
  const old = greeting(listener);
  await begun.wait();
  const stop = first.stop();
  const young = greeting(listener);
  for (let turns = 0; turns < 10; turns += 1) await waitAllBlocked();
  assert.is(first.size, 1);
  const second = named('the new one', listener);
  await second.start();
  assert.is(await young, 'the new one');
  go.set();
  assert.is(await old, 'the old one');
  await stop;
  await second.stop();
});

test('two servers on one listening socket take turns', async () => {
  using listener = await listen(LOOPBACK);
  const servers = [named('a', listener), named('b', listener)];
  for (const server of servers) await server.start();
  const names: (string | null)[] = [];
  for (let n = 0; n < 6; n += 1) names.push(await greeting(listener));
  assert.equal(names.sort(), ['a', 'a', 'a', 'b', 'b', 'b']);
  await servers[0]?.stop();
  assert.is(await greeting(listener), 'b');
  await servers[1]?.stop();
});

test('HttpServer runs on it, over TLS too', async () => {
  for (const [scheme, options] of [
    ['http', {}],
    ['https', { tls: { cert, key } }],
  ] as const) {
    using listener = await listen(LOOPBACK);
    const server = new HttpServer(listener, (asked, response) => void response.end(`at ${asked.url}`), options);
    await server.start();
    if (scheme === 'http') {
      const response = await request(`http://${HOST}:${listener.port}/here`, { reset: true });
      assert.is(await response.body.text(), 'at /here');
    } else {
      const socket = await connectTls({ port: listener.port ?? 0, host: HOST, ca: cert, servername: NAME });
      await socket.sendall('GET /there HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n');
      const answer = await socket.readUntil('at /there');
      assert.match(answer.toString(), /^HTTP\/1\.1 200 OK\r\n/);
      await closed(socket);
    }
    await server.stop();
  }
});

test('it listens at the path of a Unix domain socket, which goes away with it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'greenhub-listen-'));
  try {
    const path = join(folder, 'socket');
    const listener = await listen({ path });
    assert.is(listener.address, path);
    assert.is(listener.port, undefined);
    const server = named('unix', listener);
    await server.start();
    assert.is(server.address, path);
    const socket = await connect({ path });
    assert.is(await socket.readLine(), 'unix');
    await closed(socket);
    await server.stop();
    assert.equal(readdirSync(folder), ['socket']);
    listener.close();
    assert.equal(readdirSync(folder), []);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('a close while a server runs ends the accepting, but not what the server has begun', async () => {
  const listener = await listen(LOOPBACK);
  const begun = new Event();
  const go = new Event();
  const server = new StreamServer(listener, function* slow(socket) {
    begun.set();
    yield* go.wait();
    yield* socket.sendall('still here\n');
  });
  await server.start();
  const { port = 0 } = listener;
  const answer = greeting(listener);
  await begun.wait();
  listener.close();
  assert.is(server.address, null);
  assert.is(((await failureOf(connect(port, HOST))) as NodeJS.ErrnoException).code, 'ECONNREFUSED');
  go.set();
  assert.is(await answer, 'still here');
  await server.stop();
});

test('an address in use is an error, whether a server or a listening socket has it', async () => {
  using listener = await listen(LOOPBACK);
  const { port = 0 } = listener;
  for (const attempt of [() => listen(port, HOST), () => named('late').start({ port, host: HOST })]) {
    const error = (await failureOf(attempt())) as NodeJS.ErrnoException & AddressInfo;
    assert.is(error.code, 'EADDRINUSE');
    assert.is(error.syscall, 'listen');
    assert.is(error.port, port);
  }
  const server = named('first');
  await server.start(LOOPBACK);
  const error = (await failureOf(listen(server.port ?? 0, HOST))) as NodeJS.ErrnoException;
  assert.is(error.code, 'EADDRINUSE');
  await server.stop();
});

test('other failures are errors of Node too', async () => {
  assert.is(((await failureOf(listen(0, '192.0.2.1'))) as NodeJS.ErrnoException).code, 'EADDRNOTAVAIL');
  const path = join(tmpdir(), 'no', 'such', 'folder', 'socket');
  const { code } = (await failureOf(listen({ path }))) as NodeJS.ErrnoException;
  assert.ok(code === 'EACCES' || code === 'ENOENT', code);
});

test('wrong arguments are errors at once', () => {
  const attempt = listen as (...args: unknown[]) => unknown;
  for (const args of [['8000'], [], [null], [{}], [8000, 5], [8000, {}], [{ port: 0 }, HOST], [{ path: 5 }]]) {
    assert.instance(
      thrownBy(() => attempt(...args)),
      TypeError,
      JSON.stringify(args),
    );
  }
  assert.match(String(thrownBy(() => attempt({ port: 0, path: 'x' }))), /TypeError: .*a path or a port, not both/);
  assert.match(
    String(thrownBy(() => attempt({ prot: 0 }))),
    /TypeError: prot is not an option of listen\(\): did you mean/,
  );
  for (const port of [-1, 1.5, 65_536, Number.NaN]) {
    assert.instance(
      thrownBy(() => attempt(port)),
      RangeError,
      String(port),
    );
  }
});

test('a server cannot start on one that is closed, and can be started elsewhere', async () => {
  const listener = await listen(LOOPBACK);
  listener.close();
  const server = named('late', listener);
  const error = thrownBy(() => server.start());
  assert.instance(error, SocketClosedError);
  assert.match(String(error), /ListeningSocket#\d+ was closed: call listen\(\) again/);
  await server.start(LOOPBACK);
  assert.instance(
    thrownBy(() => server.start(LOOPBACK)),
    GreenletError,
  );
  await server.stop();
});

test('a listen() that is cancelled during the lookup of its host leaves no socket', async () => {
  using first = await listen(LOOPBACK);
  const { port = 0 } = first;
  first.close();
  const { lookup } = dns;
  let answer: (() => void) | undefined;
  dns.lookup = ((_name: string, ...args: unknown[]) => {
    const done = args.at(-1) as (error: null, ...found: unknown[]) => void;
    // Later versions of Node ask for all addresses.
    const found = args.length === 1 ? [HOST, 4] : [[{ address: HOST, family: 4 }]];
    answer = () => done(null, ...found);
  }) as typeof dns.lookup;
  try {
    const greenlet = spawn(function* listens() {
      yield* listen(port, 'some.test');
    });
    while (answer === undefined) await waitAllBlocked();
    greenlet.kill();
    await greenlet.join();
    answer();
  } finally {
    dns.lookup = lookup;
  }
  for (let turns = 0; turns < 10; turns += 1) await waitAllBlocked();
  const again = await listen(port, HOST);
  again.close();
});

test('a stop that comes before the server listens leaves the socket to others', async () => {
  using listener = await listen(LOOPBACK);
  const first = named('first', listener);
  const start = first.start();
  await first.stop();
  await start;
  const second = named('second', listener);
  await second.start();
  assert.is(await greeting(listener), 'second');
  await second.stop();
});

test('it keeps the program alive only while a server runs on it', async () => {
  const { code, stdout, stderr } = await runProgram(`
    import { HttpServer, listen, request } from 'greenhub/net';
    const listener = await listen(0, '127.0.0.1');
    const server = new HttpServer(listener, (asked, response) => {
      response.end('alive');
      server.stop().then(() => console.log('stopped'));
    });
    await server.start();
    process.once('beforeExit', () => console.log('ends', listener.closed));
    import('node:http').then(({ get }) => get({ port: listener.port, agent: false }, (got) => got.resume()));
  `);
  assert.equal({ code, stdout, stderr }, { code: 0, stdout: 'stopped\nends false\n', stderr: '' });
});

/** A listening socket whose handle cannot pause, as on Windows. */
async function restless(): Promise<ListeningSocket> {
  const node: Server = createNodeServer().listen(0, HOST);
  await once(node, 'listening');
  const place = node.address() as AddressInfo;
  return new ListeningSocket(takeHandle(node), place);
}

test('where Node cannot pause a handle, connections are kept for the next server', async () => {
  const listener = await restless();
  const early = await connect(listener.port ?? 0, HOST);
  for (let turns = 0; turns < 10; turns += 1) await waitAllBlocked();
  const server = named('at last', listener);
  await server.start();
  assert.is(await early.readLine(), 'at last');
  await closed(early);
  await server.stop();
  const late: Socket = await connect(listener.port ?? 0, HOST);
  for (let turns = 0; turns < 10; turns += 1) await waitAllBlocked();
  listener.close();
  assert.is((await late.recv().catch(() => Buffer.alloc(0))).length, 0);
  await closed(late);
});

test.run();
