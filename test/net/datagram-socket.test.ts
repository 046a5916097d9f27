import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import * as assert from 'uvu/assert';
import { external } from '../../lib/hub/loop/external-waits.ts';
import { type Coroutine, GreenletExit, joinall, race, sleep, spawn, Timeout } from '../../lib/index.ts';
import { recvfrom, sendto } from '../../lib/net/datagram.ts';
import {
  bindDatagram,
  ConcurrentUseError,
  connectDatagram,
  DatagramSocket,
  SocketClosedError,
} from '../../lib/net/index.ts';
import { waitAllBlocked } from '../../lib/testing/index.ts';
import { failureOf, thrownBy } from '../support/failure.ts';
import { suite } from '../support/harness.ts';
import { LOOPBACK } from './pairs.ts';
import { closed, withTwo } from './two-datagram-sockets.ts';

const test = suite('DatagramSocket');

function addressOf(socket: DatagramSocket): { port: number; address: string } {
  const { address } = socket;
  if (address === null) throw new Error(`${socket.name} is closed`);
  return address;
}

/**
 * Makes this many datagrams arrive at `to`. Loopback keeps their order, so the last one shows that all have arrived.
 */
async function arrived(from: DatagramSocket, to: DatagramSocket, ...data: string[]): Promise<void> {
  let left = data.length;
  const all = new Promise<void>((resolve) => {
    to.socket.on('message', function count() {
      left -= 1;
      if (left > 0) return;
      to.socket.off('message', count);
      resolve();
    });
  });
  for (const each of data) await from.sendto(each, addressOf(to));
  await all;
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}

test('a datagram arrives whole, with its sender, which can be answered', () =>
  withTwo(async (one, two) => {
    await one.sendto('question', two.port ?? 0, '127.0.0.1');
    const { data, remote } = await two.recvfrom();
    assert.is(data.toString(), 'question');
    assert.equal(remote, { address: '127.0.0.1', family: 'IPv4', port: one.port, size: 8 });
    await two.sendto(Buffer.from('answer'), remote);
    assert.is((await one.recv()).toString(), 'answer');
  }));

test('datagrams keep their bounds, and an empty one is one', () =>
  withTwo(async (one, two) => {
    await arrived(one, two, 'a', '', 'bc');
    const received = [await two.recv(), await two.recv(), await two.recv()];
    assert.equal(received.map(String), ['a', '', 'bc']);
    assert.instance(await failureOf(two.recv({ timeout: 0 })), Timeout);
  }));

test('in greenlets, a waiter gets the datagram that arrives', () =>
  withTwo(async (one, two) => {
    function* serve(): Coroutine<void> {
      const { data, remote } = yield* two.recvfrom();
      yield* two.sendto(data.toString().toUpperCase(), remote);
    }
    function* ask(): Coroutine<string> {
      yield* one.sendto('hello', addressOf(two));
      return (yield* one.recv({ timeout: 60_000 })).toString();
    }
    const server = spawn(serve);
    const client = spawn(ask);
    await joinall([server, client], { raiseError: true });
    assert.is(client.value, 'HELLO');
  }));

test('a receiver that is killed, timed out or has lost a race has taken nothing', () =>
  withTwo(async (one, two) => {
    const killed = spawn(() => two.recv());
    const timed = await failureOf(two.recv({ timeout: 1 }));
    assert.instance(timed, ConcurrentUseError);
    await killed.kill();
    assert.instance(killed.exception, GreenletExit);
    assert.instance(await failureOf(two.recv({ timeout: 1 })), Timeout);
    assert.is(await race([two.recv(), sleep(1)]), undefined);
    await arrived(one, two, 'still there');
    assert.is((await two.recv()).toString(), 'still there');
  }));

test('of several sockets in a race, one is taken from', () =>
  withTwo(async (one, two) => {
    const raced = spawn(() => race([one.recv(), two.recv()]));
    await waitAllBlocked();
    await Promise.all([arrived(one, two, 'to two'), arrived(two, one, 'to one')]);
    const won = String(await raced);
    const rest = [await one.recv({ timeout: 0 }).then(String, () => null)];
    rest.push(await two.recv({ timeout: 0 }).then(String, () => null));
    assert.equal([won, ...rest.filter((each) => each !== null)].sort(), ['to one', 'to two']);
  }));

test('a second receiver is refused, and the first continues', () =>
  withTwo(async (one, two) => {
    const first = spawn(() => two.recv());
    await waitAllBlocked();
    const error = await failureOf(two.recvfrom());
    assert.instance(error, ConcurrentUseError);
    assert.match(String(error), /let one greenlet receive/);
    await one.sendto('for the first', addressOf(two));
    assert.is(String(await first), 'for the first');
  }));

test('datagrams without room are dropped, the newest first, and counted', () =>
  withTwo(
    async (one, two) => {
      await arrived(two, one, '1', '2', '3', '4');
      assert.is(one.dropped, 2);
      assert.equal([await one.recv(), await one.recv()].map(String), ['1', '2']);
      await arrived(two, one, '5');
      assert.is(String(await one.recv()), '5');
      assert.is(one.dropped, 2);
    },
    // Two datagrams of one byte, each with 256 bytes more.
    { bufferSize: 514 },
  ));

test('one datagram always has room', () =>
  withTwo(
    async (one, two) => {
      await arrived(two, one, 'large', 'one too many');
      assert.is(String(await one.recv()), 'large');
      assert.is(one.dropped, 1);
    },
    { bufferSize: 0 },
  ));

test('close() wakes the receiver, drops held datagrams, and refuses all later calls', () =>
  withTwo(async (one, two) => {
    const receiver = spawn(() => one.recv());
    await waitAllBlocked();
    await arrived(one, two, 'nobody takes this');
    one.close();
    two.close();
    two.close();
    assert.instance(await failureOf(receiver), SocketClosedError);
    assert.instance(await failureOf(two.recv()), SocketClosedError);
    assert.instance(await failureOf(two.sendto('x', 9, '127.0.0.1')), SocketClosedError);
    assert.equal([two.closed, two.address, two.port], [true, null, undefined]);
  }));

test("a close() of Node's own socket wakes as well", () =>
  withTwo(async (one) => {
    const receiver = spawn(() => one.recv());
    await waitAllBlocked();
    one.socket.close();
    assert.instance(await failureOf(receiver), SocketClosedError);
  }));

test('a sender that waits for a name is woken by close(), and by its timeout', async () => {
  function lookup(host: string, _: unknown, done: (error: null, address: string, family: number) => void): void {
    if (host !== 'never.invalid') done(null, host, 4);
  }
  const socket = await bindDatagram({ ...LOOPBACK, lookup });
  assert.instance(await failureOf(socket.sendto('x', 9, 'never.invalid', { timeout: 1 })), Timeout);
  const sender = spawn(() => socket.sendto('x', 9, 'never.invalid'));
  await waitAllBlocked();
  const gone = once(socket.socket, 'close');
  socket.close();
  assert.instance(await failureOf(sender), SocketClosedError);
  await gone;
});

test("a datagram that is too large, or has no destination, is thrown as Node's error", () =>
  withTwo(async (one, two) => {
    const tooLarge = await failureOf(one.sendto(Buffer.alloc(70_000), addressOf(two)));
    assert.is(codeOf(tooLarge), 'EMSGSIZE');
    assert.is(codeOf(await failureOf(one.sendto('x', 1, 'no-such-host.invalid'))), 'ENOTFOUND');
    assert.is(codeOf(await failureOf(one.sendto('x', 70_000, '127.0.0.1'))), 'ERR_SOCKET_BAD_PORT');
    assert.is(codeOf(await failureOf(one.send('x'))), 'ERR_SOCKET_BAD_PORT');
    assert.is(codeOf(await failureOf(one.sendto(5 as unknown as string, addressOf(two)))), 'ERR_INVALID_ARG_TYPE');
    await one.sendto('it works as before', addressOf(two));
    assert.is(String(await two.recv()), 'it works as before');
  }));

test('a call that fails at once leaves no waiter', () =>
  withTwo(async (one) => {
    const waits = external.waits;
    await failureOf(one.sendto('x', 70_000, '127.0.0.1'));
    assert.is(external.waits, waits);
  }));

test('a send that is used again is not ended by the answer to the first use', () => {
  const lookups: (() => void)[] = [];
  function lookup(host: string, _: unknown, done: (error: null, address: string, family: number) => void): void {
    if (host === 'held.invalid') lookups.push(() => done(null, '127.0.0.1', 4));
    else done(null, host, 4);
  }
  return withTwo(async (one) => {
    const socket = await bindDatagram({ ...LOOPBACK, lookup });
    const sending = socket.sendto('x', one.port ?? 0, 'held.invalid');
    const first = spawn(() => sending);
    await waitAllBlocked();
    await first.kill();
    const second = spawn(() => sending);
    await waitAllBlocked();
    lookups[0]?.();
    assert.is(String(await one.recv()), 'x');
    await waitAllBlocked();
    assert.is(second.ready(), false);
    lookups[1]?.();
    await second;
    await closed(socket);
  });
});

test('a send that races with a receive ends the race', () =>
  withTwo(async (one, two) => {
    assert.is(await race([one.recv(), one.sendto('x', addressOf(two))]), undefined);
    assert.is(String(await two.recv()), 'x');
  }));

test('with a timeout of 0 nothing is sent', () =>
  withTwo(async (one, two) => {
    assert.instance(await failureOf(one.sendto('never', addressOf(two), { timeout: 0 })), Timeout);
    await arrived(one, two, 'next');
    assert.is(String(await two.recv()), 'next');
  }));

test('a connected socket receives from its peer only', () =>
  withTwo(async (one, two) => {
    const client = await connectDatagram(two.port ?? 0, '127.0.0.1');
    await client.send('hello');
    const { remote } = await two.recvfrom();
    await one.sendto('not from the peer', addressOf(client));
    await two.sendto('from the peer', remote);
    assert.is(String(await client.recv()), 'from the peer');
    assert.is(codeOf(await failureOf(client.sendto('x', addressOf(one)))), 'ERR_SOCKET_DGRAM_IS_CONNECTED');
    await closed(client);
  }));

test('a peer that does not listen is reported to the receiver, or otherwise to the next call', async () => {
  const gone = await bindDatagram(LOOPBACK);
  const port = gone.port ?? 0;
  await closed(gone);
  const client = await connectDatagram({ port, host: '127.0.0.1' });
  const receiver = spawn(function* receive() {
    yield* client.recv();
  });
  await waitAllBlocked();
  await client.send('anybody?');
  const error = await failureOf(receiver);
  assert.is(codeOf(error), 'ECONNREFUSED');
  assert.match((error as Error).stack ?? '', /at receive .*datagram-socket\.test/);

  const told = once(client.socket, 'error');
  await client.send('anybody?');
  await told;
  const next = spawn(function* sendAgain() {
    yield* client.send('anybody now?');
  });
  const again = await failureOf(next);
  assert.is(codeOf(again), 'ECONNREFUSED');
  assert.match((again as Error).stack ?? '', /at sendAgain .*datagram-socket\.test/);
  assert.instance(await failureOf(client.recv({ timeout: 0 })), Timeout);
  await closed(client);
});

test('an error of a socket that is not connected is reported to the receiver, not to senders', () =>
  withTwo(async (one, two) => {
    const late = new Error('late');
    one.socket.emit('error', late);
    await one.sendto('x', addressOf(two));
    assert.is(await failureOf(one.recv()), late);
    assert.instance(await failureOf(one.recv({ timeout: 0 })), Timeout);
  }));

test('the error of a Node socket that cannot be bound goes to the sender, and not to others', () =>
  withTwo(async (one) => {
    const stream = createSocket('udp4');
    stream.bind(one.port, '127.0.0.1');
    const error = await failureOf(sendto(stream, 'x', addressOf(one), { timeout: 60_000 }));
    assert.is(codeOf(error), 'EADDRINUSE');
    assert.instance(await failureOf(recvfrom(stream, { timeout: 0 })), Timeout);
    stream.close();
  }));

test("`using` closes it, and it can be made of Node's own socket", async () => {
  const stream = createSocket('udp4');
  await once(stream.bind(LOOPBACK.port, LOOPBACK.host), 'listening');
  {
    using socket = new DatagramSocket(stream);
    await socket.sendto('to myself', addressOf(socket));
    assert.is(String(await socket.recv()), 'to myself');
  }
  assert.is(codeOf(thrownBy(() => stream.close())), 'ERR_SOCKET_DGRAM_NOT_RUNNING');
});

test('a socket that was closed before it came here is known to be', async () => {
  const stream = createSocket('udp4');
  stream.close();
  await once(stream, 'close');
  assert.instance(await failureOf(new DatagramSocket(stream).recv()), SocketClosedError);
});

test.run();
