import dgram from 'node:dgram';
import { once } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';
import * as assert from 'uvu/assert';
import { Event, type Greenlet, GreenletExit, type Operation, sleep, spawn, Timeout, until } from '../../lib/index.ts';
import { SocketClosedError } from '../../lib/net/index.ts';
import { failureOf } from '../support/failure.ts';
import { suite } from '../support/harness.ts';
import { patching } from '../support/patched.ts';

const all = suite('patched datagram sockets');
const test = patching(all);

const HOST = '127.0.0.1';

test('bind(), send() and recv() wait in a greenlet', async () => {
  await spawn(function* () {
    const server = yield* dgram.createSocket('udp4').bind(0, HOST);
    const client = yield* dgram.createSocket('udp4').bind(0, HOST);
    const { port } = server.address();
    assert.is(yield* client.send('hello', port, HOST), 5);
    const { data, remote } = yield* server.recvfrom();
    assert.is(String(data), 'hello');
    assert.is(remote.port, client.address().port);

    yield* client.connect(port, HOST);
    yield* client.send(Buffer.from('xhelloy'), 1, 5);
    assert.is(String(yield* server.recv({ timeout: 60_000 })), 'hello');
    assert.instance(yield* failureOf(server.recv({ timeout: 0 })), Timeout);
    server.close();
    client.close();
    assert.instance(yield* failureOf(server.recv()), SocketClosedError);
  });
});

test('an undefined or null callback is none', async () => {
  type Call = (...args: unknown[]) => Operation<unknown>;
  await spawn(function* () {
    const server = yield* dgram.createSocket('udp4').bind(0, HOST);
    const { port } = server.address();
    for (const none of [undefined, null]) {
      const client = dgram.createSocket('udp4');
      const send = client.send.bind(client) as Call;
      yield* send('hello', port, HOST, none);
      yield* send(Buffer.from('xhelloy'), 1, 5, port, HOST, none);
      yield* (client.connect.bind(client) as Call)(port, HOST, none);
      yield* send('hello', none);
      yield* send(Buffer.from('xhelloy'), 1, 5, none);
      for (let count = 0; count < 4; count += 1) assert.is(String(yield* server.recv()), 'hello');
      client.close();
    }
    server.close();
  });
});

/** By then the event loop has delivered everything from the kernel. */
function* turns() {
  for (let count = 0; count < 3; count += 1) yield* until(turn());
}

test('datagrams that arrive before a receive are kept, unless the program listens', async () => {
  await spawn(function* () {
    const server = yield* dgram.createSocket('udp4').bind(0, HOST);
    const { port } = server.address();
    const client = dgram.createSocket('udp4');
    yield* client.send('question', port, HOST);
    yield* turns();
    const { data, remote } = yield* server.recvfrom({ timeout: 60_000 });
    assert.is(String(data), 'question');

    yield* server.send('answer', remote.port, HOST);
    yield* turns();
    assert.is(String(yield* client.recv({ timeout: 60_000 })), 'answer');
    client.close();
    server.close();

    const listener = yield* dgram.createSocket('udp4').bind(0, HOST);
    const heard = once(listener, 'message');
    listener.on('message', () => {});
    const other = dgram.createSocket('udp4');
    yield* other.send('heard', listener.address().port, HOST);
    yield* heard;
    assert.instance(yield* failureOf(listener.recv({ timeout: 0 })), Timeout);
    other.close();
    listener.close();
  });
});

test('an error is thrown in the waiting greenlet, and is an event if no greenlet waits', async () => {
  await spawn(function* () {
    const socket = yield* dgram.createSocket('udp4').bind(0, HOST);
    const { port } = socket.address();
    const large = Buffer.alloc(70_000);
    const sending = spawn(function* () {
      yield* socket.send(large, port, HOST);
    });
    assert.is(((yield* failureOf(sending)) as NodeJS.ErrnoException).code, 'EMSGSIZE');
    const failed = once(socket, 'error') as Promise<[NodeJS.ErrnoException]>;
    socket.send(large, port, HOST);
    assert.is((yield* failed)[0].code, 'EMSGSIZE');
    const taken = spawn(function* () {
      yield* dgram.createSocket('udp4').bind(port, HOST);
    });
    assert.is(((yield* failureOf(taken)) as NodeJS.ErrnoException).code, 'EADDRINUSE');
    socket.close();
  });
});

test('a generator listener is a greenlet for each message, and is killed when the socket is closed', async () => {
  await spawn(function* () {
    const ended = new Event();
    let cause: unknown;
    const server = dgram.createSocket('udp4', function* (data, remote) {
      try {
        yield* server.send(`${data}!`, remote.port, remote.address);
        if (String(data) === 'stay') yield* sleep(1_000_000);
      } catch (error) {
        cause = error;
        throw error;
      } finally {
        if (String(data) === 'stay') ended.set();
      }
    });
    yield* server.bind(0, HOST);
    const client = yield* dgram.createSocket('udp4').bind(0, HOST);
    for (const data of ['a', 'stay']) {
      yield* client.send(data, server.address().port, HOST);
      assert.is(String(yield* client.recv()), `${data}!`);
    }
    server.close();
    yield* ended.wait();
    assert.instance(cause, GreenletExit);
    client.close();
  });
});

test('outside greenlets send() returns nothing, as without the patch', async () => {
  const socket = dgram.createSocket('udp4').bind(0, HOST);
  await once(socket, 'listening');
  const sent: unknown = socket.send('x', socket.address().port, HOST);
  assert.is(sent, undefined);
  await once(socket, 'message');
  socket.close();
});

test('a send that has failed before a wait throws at a later waiter', async () => {
  await spawn(function* () {
    const socket = yield* dgram.createSocket('udp4').bind(0, HOST);
    const failed = once(socket, 'error');
    const sending = socket.send(Buffer.alloc(70_000), socket.address().port, HOST);
    yield* failed;
    assert.is(((yield* failureOf(sending)) as NodeJS.ErrnoException).code, 'EMSGSIZE');
    socket.close();
  });
});

test('a send or a connect of a socket that is closed meanwhile throws', async () => {
  for (const call of ['send', 'connect'] as const) {
    await spawn(function* () {
      // Every other name is never found.
      const lookup = ((name: string, _: unknown, found: (error: null, address: string, family: number) => void) => {
        if (name === HOST) found(null, HOST, 4);
      }) as never;
      const socket = dgram.createSocket({ type: 'udp4', lookup });
      yield* socket.bind(0, HOST);
      const waiting = spawn(function* () {
        if (call === 'send') yield* socket.send('x', 9, 'name.test');
        else yield* socket.connect(9, 'name.test');
      });
      yield* turns();
      socket.close();
      assert.instance(yield* failureOf(waiting), SocketClosedError);
    });
  }
});

test('many sends that are not waited for need few listeners', async () => {
  const warnings: Error[] = [];
  const note = (warning: Error): void => void warnings.push(warning);
  process.on('warning', note);
  try {
    await spawn(function* () {
      const server = yield* dgram.createSocket('udp4').bind(0, HOST);
      const client = dgram.createSocket('udp4');
      for (let count = 0; count < 30; count += 1) client.send(String(count), server.address().port, HOST);
      for (let count = 0; count < 30; count += 1) yield* server.recv();
      client.close();
      server.close();
      yield* turns();
    });
    assert.equal(warnings, []);
  } finally {
    process.off('warning', note);
  }
});

test('a killed greenlet that waits for a closed socket gets its exit', async () => {
  const socket = dgram.createSocket('udp4');
  socket.close();
  const gr: Greenlet<unknown> = spawn(function* () {
    gr.kill();
    yield* socket;
  });
  await gr.join();
  assert.instance(gr.exception, GreenletExit);
});

all.run();
