import { connect as netConnect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import * as assert from 'uvu/assert';
import {
  type Coroutine,
  Event,
  type Greenlet,
  GreenletError,
  GreenletExit,
  Pool,
  sleep,
  spawn,
} from '../../lib/index.ts';
import { connect, createServer, type Socket, StreamServer } from '../../lib/net/index.ts';
import { waitAllBlocked } from '../../lib/testing/index.ts';
import { failureOf, thrownBy } from '../support/failure.ts';
import { suite } from '../support/harness.ts';
import { closed, LOOPBACK, portOf } from './pairs.ts';

const test = suite('StreamServer');

async function started(server: StreamServer): Promise<StreamServer> {
  await server.start();
  return server;
}

async function client(server: StreamServer): Promise<Socket> {
  return connect(portOf(server), '127.0.0.1');
}

test('each connection has a greenlet of its own, and is closed when that has ended', async () => {
  const server = await started(
    new StreamServer(LOOPBACK, function* greet(socket) {
      yield* socket.sendall(`hello ${yield* socket.readLine()}`);
    }),
  );
  const [one, two] = [await client(server), await client(server)];
  await two.sendall('two\n');
  assert.is((await two.recvExactly(9)).toString(), 'hello two');
  assert.is((await two.recv()).length, 0);
  await one.sendall('one\n');
  assert.is((await one.recvExactly(9)).toString(), 'hello one');
  await closed(one);
  await closed(two);
  await server.stop();
});

test('a server of createServer() takes its listener in start()', async () => {
  const server = createServer(async (socket) => {
    await socket.sendall('async');
  });
  assert.is(server.address, null);
  await server.start(LOOPBACK);
  assert.is(typeof server.address, 'object');
  const socket = await client(server);
  assert.is(await socket.readLine(), 'async');
  await closed(socket);
  await server.stop();
  assert.is(server.address, null);
});

test('it listens at the path of a Unix domain socket', async () => {
  const path = join(tmpdir(), `greenhub-${process.pid}.sock`);
  const server = await started(
    new StreamServer({ path }, function* greet(socket) {
      yield* socket.sendall('hello');
    }),
  );
  assert.is(server.address, path);
  const socket = await connect({ path });
  assert.is(await socket.readLine(), 'hello');
  await closed(socket);
  await server.stop();
});

test("a handler's error closes its connection and is reported once", async ({ reported }) => {
  const server = await started(
    new StreamServer(LOOPBACK, function* fails() {
      yield* sleep(0);
      throw new Error('a bug');
    }),
  );
  const socket = await client(server);
  assert.is((await socket.recv()).length, 0);
  await closed(socket);
  await server.stop();
  await waitAllBlocked();
  const errors = reported.splice(0).map(({ error, greenlet }) => `${greenlet.name}: ${(error as Error).message}`);
  assert.is(errors.length, 1);
  assert.match(errors[0] ?? '', /^fails-\d+: a bug$/);
});

test('a handler is killed when its peer resets the connection, whatever it waits for', async () => {
  let raised: unknown;
  const begun = new Event();
  const ended = new Event();
  const server = await started(
    new StreamServer(LOOPBACK, function* waits() {
      begun.set();
      try {
        yield* sleep(Infinity);
      } catch (error) {
        raised = error;
        throw error;
      } finally {
        ended.set();
      }
    }),
  );
  const socket = await client(server);
  await begun.wait();
  socket.stream.resetAndDestroy();
  await ended.wait();
  assert.instance(raised, GreenletExit);
  await server.stop();
});

test('a handler that reads gets the error, which is not a failure of the handler', async () => {
  const server = await started(new StreamServer(LOOPBACK, (socket) => socket.readLine()));
  const socket = await client(server);
  while (server.size === 0) await waitAllBlocked();
  socket.stream.resetAndDestroy();
  while (server.size > 0) await waitAllBlocked();
  await server.stop();
});

test('it is not killed when the peer has ended its side, nor when both have, nor after a close() of its own', async () => {
  const ends: string[] = [];
  const server = await started(
    new StreamServer(LOOPBACK, function* works(socket) {
      const how = yield* socket.readLine();
      yield* socket.recv();
      yield* socket.sendall('answer');
      if (how === 'shutdown') socket.shutdown();
      if (how === 'close') socket.close();
      while (how !== 'half' && !socket.closed) yield* sleep(1);
      yield* sleep(5);
      ends.push(how ?? '');
    }),
  );
  for (const how of ['half', 'shutdown', 'close']) {
    const socket = await client(server);
    await socket.sendall(`${how}\n`);
    socket.shutdown();
    assert.is((await socket.recvExactly(6)).toString(), 'answer');
    assert.is((await socket.recv()).length, 0);
    await closed(socket);
  }
  await server.stop();
  assert.equal(ends.sort(), ['close', 'half', 'shutdown']);
});

/** A server whose handlers wait until the test releases them. It records the clients that were served. */
function waiting(options: { pool?: number | Pool; backlog?: number }) {
  const served: (string | null)[] = [];
  const go = new Event();
  const server = new StreamServer(
    LOOPBACK,
    function* serve(socket): Coroutine<void> {
      served.push(yield* socket.readLine());
      yield* go.wait();
      yield* socket.sendall('done');
    },
    options,
  );
  return { server, served, go };
}

test('while the pool is full, connections stand in line and are not read', async () => {
  const { server, served, go } = waiting({ pool: 1 });
  await server.start();
  const clients: Socket[] = [];
  for (const name of ['one', 'two', 'three']) {
    const socket = await client(server);
    clients.push(socket);
    await socket.sendall(`${name}\n`);
    while (server.size < clients.length) await waitAllBlocked();
  }
  await waitAllBlocked();
  assert.equal(served, ['one']);
  assert.is(server.pool?.freeCount(), 0);
  go.set();
  for (const socket of clients) assert.is((await socket.recvExactly(4)).toString(), 'done');
  assert.equal(served, ['one', 'two', 'three']);
  for (const socket of clients) await closed(socket);
  await server.stop();
});

test('when the line is full, further connections are closed; and a client that leaves the line is not served', async () => {
  const { server, served, go } = waiting({ pool: new Pool(1), backlog: 1 });
  await server.start();
  const first = await client(server);
  await first.sendall('first\n');
  while (served.length < 1) await waitAllBlocked();
  const second = await client(server);
  while (server.size < 2) await waitAllBlocked();
  const third = await client(server);
  assert.is((await third.recv()).length, 0);
  second.stream.resetAndDestroy();
  while (server.size > 1) await waitAllBlocked();
  go.set();
  assert.is((await first.recvExactly(4)).toString(), 'done');
  for (const socket of [first, second, third]) await closed(socket);
  await server.stop();
  assert.equal(served, ['first']);
});

for (const backlog of [0, 1, 600]) {
  test(`a burst that the pool has room for is served at once, with a backlog of ${backlog}`, async () => {
    const server = new StreamServer(
      LOOPBACK,
      function* hello(socket) {
        yield* socket.sendall('hello');
      },
      { pool: 1_000, backlog },
    );
    await server.start();
    let served = 0;
    const streams = Array.from({ length: 60 }, () => {
      const stream = netConnect(portOf(server), '127.0.0.1');
      return stream.on('data', () => {
        served += 1;
      });
    });
    // A client retries a connection that the kernel has refused after a second, which is many turns later.
    for (let turns = 0; turns < 500 && served < streams.length; turns += 1) await turn();
    assert.is(served, streams.length);
    for (const stream of streams) stream.destroy();
    await server.stop();
  });
}

test("the backlog bounds the connections that wait for the pool, however long the kernel's line is", async () => {
  const { server, served, go } = waiting({ pool: 1, backlog: 2 });
  await server.start();
  let closedNow = 0;
  for (let count = 0; count < 10; count += 1) {
    const stream = netConnect(portOf(server), '127.0.0.1');
    stream
      .resume()
      .on('error', () => {})
      .on('close', () => {
        closedNow += 1;
      });
    stream.end('x\n');
  }
  while (closedNow < 7) await turn();
  assert.is(server.size, 3);
  go.set();
  while (closedNow < 10) await turn();
  assert.equal(served, ['x', 'x', 'x']);
  await server.stop();
});

test('stop() hangs up on the line, lets handlers finish, and no one new comes in', async () => {
  const { server, served, go } = waiting({ pool: 1 });
  await server.start();
  const port = portOf(server);
  const [first, second] = [await client(server), await client(server)];
  await first.sendall('first\n');
  while (served.length < 1 || server.size < 2) await waitAllBlocked();
  const stopped = spawn(() => server.stop());
  assert.is((await second.recv()).length, 0);
  assert.is(((await failureOf(connect(port, '127.0.0.1'))) as NodeJS.ErrnoException).code, 'ECONNREFUSED');
  assert.is(stopped.ready(), false);
  go.set();
  assert.is((await first.recvExactly(4)).toString(), 'done');
  await stopped;
  assert.equal(served, ['first']);
  await closed(first);
  await closed(second);
});

test('stop() kills handlers that have not finished in time, even if no greenlet waits for it', async () => {
  const { server, served } = waiting({ pool: 10 });
  await server.start();
  const socket = await client(server);
  await socket.sendall('first\n');
  while (served.length < 1) await waitAllBlocked();
  server.stop({ timeout: 10 });
  assert.is((await socket.recv()).length, 0);
  await server.stop();
  await closed(socket);
});

test('serveForever() starts the server, and stops it when it is cancelled', async () => {
  const { server, served } = waiting({ pool: 10 });
  const serving = spawn(() => server.serveForever({ stopTimeout: 10 }));
  while (server.port === undefined) await waitAllBlocked();
  const socket = await client(server);
  await socket.sendall('first\n');
  while (served.length < 1) await waitAllBlocked();
  await serving.kill();
  assert.is(server.address, null);
  assert.is((await socket.recv()).length, 0);
  await closed(socket);
});

test('serveForever() returns when the server is stopped', async () => {
  const server = new StreamServer(LOOPBACK, () => {});
  const serving = spawn(() => server.serveForever());
  while (server.port === undefined) await waitAllBlocked();
  await server.stop();
  await serving;
});

test('a port in use is thrown by start(), and reported if no greenlet waits', async ({ reported }) => {
  const server = await started(new StreamServer(LOOPBACK, () => {}));
  const taken = { port: portOf(server), host: '127.0.0.1' };
  const error = await failureOf(new StreamServer(taken, () => {}).start());
  assert.is((error as NodeJS.ErrnoException).code, 'EADDRINUSE');
  const unheard = new StreamServer(taken, () => {});
  unheard.start();
  await unheard.stop();
  while (reported.length === 0) await waitAllBlocked();
  const [report] = reported.splice(0);
  assert.match(String(report?.error), /EADDRINUSE/);
  await server.stop();
});

test('invalid arguments are refused at once', async () => {
  assert.instance(
    thrownBy(() => new StreamServer(0, 'handler' as unknown as () => void)),
    TypeError,
  );
  assert.instance(
    thrownBy(() => new StreamServer(0, () => {}, { backlog: -1 })),
    RangeError,
  );
  assert.instance(
    thrownBy(() => createServer(() => {}).start()),
    TypeError,
  );
  const server = await started(new StreamServer(LOOPBACK, () => {}));
  assert.instance(
    thrownBy(() => server.start()),
    GreenletError,
  );
  await server.stop();
  await server.stop();
  await createServer(() => {}).stop();
});

test('without a pool option it has no pool, and lists what it serves', async () => {
  const { server, go } = waiting({});
  await server.start();
  assert.is(server.pool, null);
  const socket = await client(server);
  await socket.sendall('one\n');
  while (server.size < 1) await waitAllBlocked();

  const [greenlet] = server.greenlets;
  assert.is(server.greenlets.length, 1);
  go.set();
  await (greenlet as Greenlet).join();
  await closed(socket);
  assert.equal(server.greenlets, []);
  await server.stop();
});

test.run();
