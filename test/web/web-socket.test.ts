import { once as nodeOnce } from 'node:events';
import type { AddressInfo } from 'node:net';
import * as assert from 'uvu/assert';
import { WebSocket, WebSocketServer } from 'ws';
import { forEach, GreenletExit, idle, race, spawn } from '../../lib/index.ts';
import { connectWebSocket, WebSocketClosedError } from '../../lib/web/index.ts';
import { failureOf } from '../support/failure.ts';
import { suite } from '../support/harness.ts';

const test = suite('web/web-socket');

// Node has its own from version 22 on. The tests use the one of ws everywhere.
const holder = globalThis as { WebSocket?: unknown };
const own = Object.getOwnPropertyDescriptor(globalThis, 'WebSocket');

/** A server, for the time of a test. */
async function withServer(serve: (client: WebSocket) => void, body: (url: string) => Promise<void>): Promise<void> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await nodeOnce(server, 'listening');
  server.on('connection', serve);
  Object.defineProperty(globalThis, 'WebSocket', { value: WebSocket, configurable: true, writable: true });
  try {
    await body(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    if (own === undefined) delete holder.WebSocket;
    else Object.defineProperty(globalThis, 'WebSocket', own);
    for (const client of server.clients) client.terminate();
    server.close();
  }
}

const echo = (client: WebSocket): void => {
  client.on('message', (data, isBinary) => client.send(data, { binary: isBinary }));
};

test('sends and receives texts and bytes', () =>
  withServer(echo, async (url) => {
    const socket = await connectWebSocket(url);
    await socket.send('text');
    await socket.send(new Uint8Array([1, 2]));
    assert.is(await socket.recv(), 'text');
    assert.equal([...new Uint8Array((await socket.recv()) as ArrayBuffer)], [1, 2]);
    assert.match(String(socket), /^WebSocketConnection#\d+ \{ open \}$/);
    await socket.close();
    assert.match(String(socket), /^WebSocketConnection#\d+ \{ closed with code 1000 \}$/);
  }));

test('what came before the end is given, then the loop ends and recv() tells the code', () =>
  withServer(
    (client) => {
      client.send('one');
      client.send('two');
      client.close(4_001, 'enough');
    },
    async (url) => {
      const socket = await connectWebSocket(url);
      const got: unknown[] = [];
      await forEach(socket.messages(), (message) => void got.push(message));
      assert.equal(got, ['one', 'two']);
      const closed = (await failureOf(socket.recv())) as WebSocketClosedError;
      assert.instance(closed, WebSocketClosedError);
      assert.equal([closed.code, closed.reason], [4_001, 'enough']);
      assert.is(((await failureOf(socket.send('late'))) as WebSocketClosedError).code, 4_001);
    },
  ));

test('a greenlet that is killed in recv() takes no message', () =>
  withServer(echo, async (url) => {
    const socket = await connectWebSocket(url);
    const killed = spawn(() => socket.recv());
    await idle();
    await killed.kill();
    assert.instance(killed.exception, GreenletExit);
    await socket.send('kept');
    assert.is(await socket.recv(), 'kept');
    await socket.close();
  }));

test('a greenlet that is killed in close() leaves no listener, and the connection closes', () =>
  withServer(echo, async (url) => {
    const added: unknown[] = [];
    class Watched extends WebSocket {
      override addEventListener(...args: Parameters<WebSocket['addEventListener']>): void {
        if (args[0] === 'close') added.push(args[1]);
        super.addEventListener(...args);
      }

      override removeEventListener(...args: Parameters<WebSocket['removeEventListener']>): void {
        if (added.includes(args[1])) added.splice(added.indexOf(args[1]), 1);
        super.removeEventListener(...args);
      }
    }
    holder.WebSocket = Watched;
    const socket = await connectWebSocket(url);
    const before = added.length;
    const killed = spawn(() => socket.close());
    await idle();
    assert.is(added.length, before + 1);
    await killed.kill();
    assert.is(added.length, before);
    assert.is(((await failureOf(socket.recv())) as WebSocketClosedError).code, 1_000);
  }));

test('close() acts at once, so that a killed greenlet closes the connection in its finally', () =>
  withServer(echo, async (url) => {
    const socket = await connectWebSocket(url);
    const killed = spawn(function* () {
      try {
        yield* socket.recv();
      } finally {
        yield* socket.close(4_000, 'enough');
      }
    });
    await idle();
    await killed.kill();
    const closing = (await failureOf(socket.send('late'))) as WebSocketClosedError;
    assert.equal([closing.code, closing.reason], [4_000, 'enough']);
    await socket.close();
    assert.is(((await failureOf(socket.recv())) as WebSocketClosedError).code, 4_000);
  }));

/** A WebSocket that opens when the test says so. */
class Pretended extends EventTarget {
  static readonly made: Pretended[] = [];
  readyState = 0;
  closes = 0;

  constructor() {
    super();
    Pretended.made.push(this);
  }

  open(): void {
    this.readyState = 1;
    this.dispatchEvent(new globalThis.Event('open'));
  }

  close(): void {
    this.closes += 1;
  }
}

test('of WebSockets that open at the same time in a race, only the winner stays open', () =>
  withServer(echo, async (url) => {
    holder.WebSocket = Pretended;
    const winner = spawn(() => race([connectWebSocket(url), connectWebSocket(url)]));
    await idle();
    for (const socket of Pretended.made) socket.open();
    await winner;
    assert.equal(
      Pretended.made.map(({ closes }) => closes),
      [0, 1],
    );
  }));

test('a wrong address is refused, and so is a host without WebSocket', () =>
  withServer(echo, async () => {
    assert.is(((await failureOf(connectWebSocket('no address'))) as Error).name, 'SyntaxError');
    assert.throws(() => connectWebSocket('ws://x', { highWaterMark: -1 }), RangeError);
    assert.throws(() => connectWebSocket('ws://x', { protocol: 'a' } as object), /protocols/);
    holder.WebSocket = undefined;
    assert.match(((await failureOf(connectWebSocket('ws://x'))) as Error).message, 'this host has no WebSocket');
  }));

test.run();
