import { once } from 'node:events';
import * as assert from 'uvu/assert';
import { type Coroutine, Event, GreenletError, GreenletExit, Pool, sleep, spawn } from '../../lib/index.ts';
import { connectDatagram, DatagramServer, type DatagramSocket } from '../../lib/net/index.ts';
import { waitAllBlocked } from '../../lib/testing/index.ts';
import { failureOf, thrownBy } from '../support/failure.ts';
import { suite } from '../support/harness.ts';
import { LOOPBACK } from './pairs.ts';

const test = suite('DatagramServer');

async function client(server: DatagramServer): Promise<DatagramSocket> {
  return connectDatagram(server.port ?? 0, '127.0.0.1');
}

/** A server whose handlers wait until the test releases them. It records what they received. */
function waiting(options: { pool?: number | Pool } = {}, settings: { bufferSize?: number } = {}) {
  const given: string[] = [];
  const go = new Event();
  const server = new DatagramServer(
    { ...LOOPBACK, ...settings },
    function* serve(data, remote, self): Coroutine<void> {
      given.push(String(data));
      yield* go.wait();
      yield* self.sendto(`done ${data}`, remote);
    },
    options,
  );
  return { server, given, go };
}

test('each datagram is handled in a greenlet of its own, which can answer', async () => {
  const { server, given, go } = waiting();
  await server.start();
  const [one, two] = [await client(server), await client(server)];
  await one.send('1');
  await two.send('2');
  while (given.length < 2) await waitAllBlocked();
  assert.is(server.size, 2);
  go.set();
  assert.is(String(await one.recv()), 'done 1');
  assert.is(String(await two.recv()), 'done 2');
  one.close();
  two.close();
  await server.stop();
  assert.is(server.size, 0);
});

test('plain and async functions serve too, and start() takes the listener', async () => {
  const server = new DatagramServer(undefined, async (data, remote, self) => {
    await self.sendto(data, remote);
  });
  assert.is(server.address, null);
  await server.start(LOOPBACK);
  assert.is(server.address?.address, '127.0.0.1');
  const socket = await client(server);
  await socket.send('async');
  assert.is(String(await socket.recv()), 'async');
  socket.close();
  await server.stop();
  assert.is(server.address, null);
});

test("a handler's error is reported once, and the others continue", async ({ reported }) => {
  const server = new DatagramServer(LOOPBACK, function* fails(data, remote, self) {
    if (String(data) === 'bad') throw new Error('a bug');
    yield* self.sendto('fine', remote);
  });
  await server.start();
  const socket = await client(server);
  await socket.send('bad');
  await socket.send('good');
  assert.is(String(await socket.recv()), 'fine');
  await waitAllBlocked();
  const errors = reported.splice(0).map(({ error, greenlet }) => `${greenlet.name}: ${(error as Error).message}`);
  assert.is(errors.length, 1);
  assert.match(errors[0] ?? '', /^fails-\d+: a bug$/);
  socket.close();
  await server.stop();
});

test('while the pool is full, datagrams are held, and the newest are dropped', async () => {
  // Room for two datagrams of one byte, each with 256 bytes more.
  const { server, given, go } = waiting({ pool: 1 }, { bufferSize: 514 });
  await server.start();
  const socket = await client(server);
  for (const data of '12345') {
    await socket.send(data);
    while (given.length === 0) await waitAllBlocked();
  }
  while (server.dropped < 2) await waitAllBlocked();
  assert.equal(given, ['1']);
  go.set();
  for (const each of ['done 1', 'done 2', 'done 3']) assert.is(String(await socket.recv()), each);
  assert.equal(given, ['1', '2', '3']);
  assert.is(server.dropped, 2);
  socket.close();
  await server.stop();
});

test('a pool that others use as well bounds all of them', async () => {
  const pool = new Pool(1);
  const { server, given, go } = waiting({ pool });
  const other = pool.spawn(() => go.wait());
  await server.start();
  const socket = await client(server);
  await socket.send('1');
  await waitAllBlocked();
  assert.equal(given, []);
  go.set();
  await other;
  assert.is(String(await socket.recv()), 'done 1');
  socket.close();
  await server.stop();
});

test('stop() does not wait for a slot of a pool that others have filled', async () => {
  const pool = new Pool(1);
  const { server, given, go } = waiting({ pool });
  await server.start();
  await waitAllBlocked();
  const other = pool.spawn(() => go.wait());
  const socket = await client(server);
  await socket.send('1');
  while (server.size === 0) await waitAllBlocked();
  await server.stop();
  assert.equal(given, []);
  go.set();
  await other;
  socket.close();
});

test('stop() lets handlers finish and answer, and nothing new is handled', async () => {
  const { server, given, go } = waiting();
  await server.start();
  const socket = await client(server);
  await socket.send('1');
  while (given.length < 1) await waitAllBlocked();
  const stopped = spawn(() => server.stop());
  await socket.send('2');
  await waitAllBlocked();
  assert.is(stopped.ready(), false);
  go.set();
  await stopped;
  assert.is(String(await socket.recv()), 'done 1');
  assert.equal(given, ['1']);
  socket.close();
});

test('stop() drops held datagrams', async () => {
  const { server, given, go } = waiting({ pool: 1 });
  await server.start();
  const socket = await client(server);
  await socket.send('1');
  await socket.send('2');
  while (given.length < 1) await waitAllBlocked();
  const stopped = server.stop();
  go.set();
  await stopped;
  assert.equal(given, ['1']);
  socket.close();
});

test('stop() kills handlers that have not finished in time, even if no greenlet waits for it', async () => {
  let raised: unknown;
  const begun = new Event();
  const server = new DatagramServer(LOOPBACK, function* waits() {
    begun.set();
    try {
      yield* sleep(Infinity);
    } catch (error) {
      raised = error;
      throw error;
    }
  });
  await server.start();
  const socket = await client(server);
  await socket.send('1');
  await begun.wait();
  const gone = once(server.socket?.socket ?? process, 'close');
  server.stop({ timeout: 5 });
  await gone;
  assert.instance(raised, GreenletExit);
  assert.is(server.port, undefined);
  socket.close();
});

test('serveForever() starts the server, and stops it when it is cancelled', async () => {
  const { server, given } = waiting();
  const serving = spawn(() => server.serveForever({ stopTimeout: 5 }));
  while (server.port === undefined) await waitAllBlocked();
  const socket = await client(server);
  await socket.send('1');
  while (given.length < 1) await waitAllBlocked();
  await serving.kill();
  assert.is(server.address, null);
  assert.is(server.size, 0);
  socket.close();
});

test('serveForever() that is cancelled before it receives leaves no socket', async () => {
  const { server } = waiting();
  const serving = spawn(() => server.serveForever());
  await Promise.resolve();
  await serving.kill();
  assert.is(server.address, null);
  await server.stop();
});

test('serveForever() returns when the server is stopped, also by its socket being closed', async () => {
  for (const how of ['stop', 'close'] as const) {
    const { server } = waiting();
    const serving = spawn(() => server.serveForever());
    while (server.socket === null) await waitAllBlocked();
    if (how === 'stop') await server.stop();
    else server.socket.close();
    await serving;
    assert.is(server.address, null);
  }
});

test('a server that is stopped before it listens does not', async () => {
  const { server } = waiting();
  const started = server.start();
  await server.stop();
  await started;
  assert.is(server.address, null);
});

test('a port in use is thrown by start(), and reported if no greenlet waits', async ({ reported }) => {
  const { server } = waiting();
  await server.start();
  const taken = { port: server.port ?? 0, host: '127.0.0.1' };
  const error = await failureOf(new DatagramServer(taken, () => {}).start());
  assert.is((error as NodeJS.ErrnoException).code, 'EADDRINUSE');
  const unheard = new DatagramServer(taken, () => {});
  unheard.start();
  while (reported.length === 0) await waitAllBlocked();
  const [report] = reported.splice(0);
  assert.match(String(report?.error), /EADDRINUSE/);
  await unheard.stop();
  await server.stop();
});

test('invalid arguments are refused at once', async () => {
  assert.instance(
    thrownBy(() => new DatagramServer(0, 'handler' as unknown as () => void)),
    TypeError,
  );
  assert.instance(
    thrownBy(() => new DatagramServer(undefined, () => {}).start()),
    TypeError,
  );
  const { server } = waiting();
  const toNobody = { port: 9, address: '127.0.0.1' };
  assert.instance(
    thrownBy(() => server.sendto('x', toNobody)),
    GreenletError,
  );
  await server.start();
  assert.instance(
    thrownBy(() => server.start()),
    GreenletError,
  );
  await server.stop();
  await server.stop();
});

test.run();
