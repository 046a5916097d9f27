import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket as Stream } from 'node:net';
import * as assert from 'uvu/assert';
import { GreenletExit, race, spawn, Timeout } from '../../lib/index.ts';
import { bindDatagram, connect, connectDatagram, connectTls, Socket } from '../../lib/net/index.ts';
import { waitAllBlocked } from '../../lib/testing/index.ts';
import { failureOf } from '../support/failure.ts';
import { suite } from '../support/harness.ts';
import { closed } from './pairs.ts';

const test = suite('connect');

/** A server of Node that keeps connections and sends nothing. */
async function silentServer(): Promise<{ server: Server; port: number; streams: Stream[] }> {
  const streams: Stream[] = [];
  const server = createServer((stream) => streams.push(stream.on('error', () => {})));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return { server, port: (server.address() as AddressInfo).port, streams };
}

async function end(server: Server, streams: Stream[]): Promise<void> {
  for (const stream of streams) stream.destroy();
  await once(server.close(), 'close');
}

/** A name service that never answers, and reports each query. */
function deafLookup(asked: () => void) {
  return () => asked();
}

test('it gives a socket that knows its addresses', async () => {
  const { server, port, streams } = await silentServer();
  const socket = await connect(port, '127.0.0.1', { timeout: 60_000 });
  assert.instance(socket, Socket);
  assert.equal([socket.remoteAddress, socket.remotePort], ['127.0.0.1', port]);
  assert.equal([socket.localAddress, typeof socket.localPort], ['127.0.0.1', 'number']);
  const other = await connect({ port, host: '127.0.0.1', noDelay: true });
  await closed(socket);
  await closed(other);
  await end(server, streams);
});

test("a refused connection is thrown as Node's error, with the stack of the waiter", async () => {
  const { server, port, streams } = await silentServer();
  await end(server, streams);
  const job = spawn(function* visitor() {
    return yield* connect(port, '127.0.0.1');
  });
  const error = (await failureOf(job)) as NodeJS.ErrnoException;
  assert.is(error.code, 'ECONNREFUSED');
  assert.match(error.stack ?? '', /at visitor/);
});

test('a name that is not known is thrown as such', async () => {
  const error = (await failureOf(
    connect({
      host: 'nowhere.invalid',
      port: 1,
      lookup: (_name, _options, callback) =>
        callback(Object.assign(new Error('no such name'), { code: 'ENOTFOUND' }), ''),
    }),
  )) as NodeJS.ErrnoException;
  assert.is(error.code, 'ENOTFOUND');
});

test('an invalid port is thrown at the waiter', async () => {
  assert.instance(await failureOf(connect(70_000, '127.0.0.1')), RangeError);
});

test('a timeout that is not in the last argument, where it would be ignored, is refused', () => {
  const where = { port: 9, host: '127.0.0.1', timeout: 5 } as { port: number };
  for (const open of [connect, connectTls, bindDatagram, connectDatagram] as ((where: object) => unknown)[]) {
    assert.throws(() => open(where), /last argument/);
  }
});

test('a connection that takes too long throws a Timeout, and its socket is destroyed', async () => {
  const error = await failureOf(
    connect({ host: 'slow.invalid', port: 1, lookup: deafLookup(() => {}) }, { timeout: 10 }),
  );
  assert.instance(error, Timeout);
  assert.match((error as Error).message, /a connection to slow.invalid:1 was not established within 10 ms/);
});

test('a killed one is given up', async () => {
  let asked = false;
  const lookup = deafLookup(() => {
    asked = true;
  });
  const job = spawn(() => connect({ host: 'slow.invalid', port: 1, lookup }));
  while (!asked) await waitAllBlocked();
  await job.kill();
  assert.instance(job.exception, GreenletExit);
});

test('of many that race, all but the winner are closed', async () => {
  const { server, port, streams } = await silentServer();
  const winner = await spawn(() => race(Array.from({ length: 10 }, () => connect(port, '127.0.0.1'))));
  // This connection arrives after all that the server has not seen yet.
  const last = await connect(port, '127.0.0.1');
  const isLeft = ({ remotePort }: Stream): boolean => [winner.localPort, last.localPort].includes(remotePort);
  while (!streams.some(({ remotePort }) => remotePort === last.localPort)) await waitAllBlocked();
  for (const stream of streams) stream.resume();
  for (const stream of streams) if (!isLeft(stream) && !stream.closed) await once(stream, 'close');
  assert.is(winner.closed, false);
  await closed(winner);
  await closed(last);
  await end(server, streams);
});

test.run();
