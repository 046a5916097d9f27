import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import * as assert from 'uvu/assert';
import { type RawData, WebSocket, WebSocketServer } from 'ws';
import {
  type Coroutine,
  Event,
  joinall,
  Queue,
  ShutDown,
  shield,
  spawn,
  Timeout,
  withTimeout,
} from '../../lib/index.ts';
import { failureOf } from '../support/failure.ts';
import { library } from './library.ts';

const test = library('ws');

/** The messages of a connection, as a queue that is shut down when the connection is. */
function messagesOf(socket: WebSocket): Queue<string> {
  const messages = new Queue<string>();
  socket.on('message', (data: RawData) => messages.putNowait(String(data)));
  socket.on('close', () => messages.shutdown());
  socket.on('error', () => {});
  return messages;
}

/** Serves a connection in a greenlet that is killed when the peer disconnects. */
function serve(socket: WebSocket, handler: (socket: WebSocket, messages: Queue<string>) => Coroutine<void>): void {
  const gr = spawn(function* () {
    try {
      yield* handler(socket, messagesOf(socket));
    } finally {
      socket.close();
    }
  });
  socket.on('close', () => gr.kill());
}

/** A connection. If the wait for it is cancelled, the attempt is given up. */
function* connected(url: string): Coroutine<WebSocket> {
  const socket = new WebSocket(url);
  try {
    yield* once(socket, 'open');
    return socket;
  } catch (error) {
    socket.on('error', () => {});
    socket.terminate();
    throw error;
  }
}

/** Sends a message and waits until it has been sent. */
function* send(socket: WebSocket, message: string): Coroutine<void> {
  yield* new Promise<void>((resolve, reject) => {
    socket.send(message, (error) => (error ? reject(error) : resolve()));
  });
}

/** Closes a connection and waits until the peer has agreed. */
function* close(socket: WebSocket): Coroutine<void> {
  if (socket.readyState === WebSocket.CLOSED) return;
  socket.close();
  yield* shield(() => once(socket, 'close'));
}

async function withServer(
  handler: (socket: WebSocket, messages: Queue<string>) => Coroutine<void>,
  body: (url: string, server: WebSocketServer) => Promise<void>,
): Promise<void> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  await once(server, 'listening');
  server.on('connection', (socket) => serve(socket, handler));
  try {
    await body(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`, server);
  } finally {
    const ended = [...server.clients].map((socket) => once(socket, 'close'));
    for (const socket of server.clients) socket.terminate();
    await Promise.all(ended);
    await new Promise((resolve) => server.close(resolve));
  }
}

function* shout(socket: WebSocket, messages: Queue<string>): Coroutine<void> {
  for (;;) yield* send(socket, (yield* messages.get()).toUpperCase());
}

/** Sends a message and returns the answer. */
function* ask(url: string, ...words: string[]): Coroutine<string[]> {
  const socket = yield* connected(url);
  const messages = messagesOf(socket);
  const answers: string[] = [];
  try {
    for (const word of words) {
      yield* send(socket, word);
      answers.push(yield* messages.get());
    }
    return answers;
  } finally {
    yield* close(socket);
  }
}

test('a server with a greenlet for each connection answers a client', () =>
  withServer(shout, async (url) => {
    assert.equal(await spawn(ask, url, 'hello', 'bye'), ['HELLO', 'BYE']);
  }));

test('a hundred clients talk to it side by side', () =>
  withServer(shout, async (url) => {
    const clients = Array.from({ length: 100 }, (_, n) => spawn(ask, url, `word ${n}`, `another ${n}`));
    await joinall(clients, { raiseError: true });

    for (const [n, client] of clients.entries()) assert.equal(client.value, [`WORD ${n}`, `ANOTHER ${n}`]);
  }));

test('a refused connection is an error where it is waited for', async () => {
  const error = (await failureOf(spawn(connected, 'ws://127.0.0.1:1'))) as NodeJS.ErrnoException;

  assert.is(error.code, 'ECONNREFUSED');
});

test('a client that is killed while it waits closes its connection, and the server’s greenlet ends', () => {
  const begun = new Event();
  const ended = new Event();
  function* silent(_socket: WebSocket, messages: Queue<string>): Coroutine<void> {
    begun.set();
    try {
      for (;;) yield* messages.get();
    } catch (error) {
      // The queue was shut down, or the greenlet killed, whichever came first.
      if (!(error instanceof ShutDown)) throw error;
    } finally {
      ended.set();
    }
  }
  return withServer(silent, async (url, server) => {
    const client = spawn(ask, url, 'is anybody there?');
    await begun.wait();
    await client.kill();

    assert.ok(await ended.wait({ timeout: 60_000 }));
    assert.is(server.clients.size, 0);
  });
});

test('withTimeout ends the wait for a message, and the connection can be used afterwards', () =>
  withServer(shout, async (url) => {
    const gr = spawn(function* () {
      const socket = yield* connected(url);
      const messages = messagesOf(socket);
      try {
        const silence = yield* withTimeout(10, () => messages.get(), { timeoutValue: 'silence' });
        yield* send(socket, 'now');
        return [silence, yield* messages.get()];
      } finally {
        yield* close(socket);
      }
    });

    assert.equal(await gr, ['silence', 'NOW']);
  }));

test('an attempt to connect that takes too long is given up', async () => {
  const { createServer } = await import('node:net');
  const mute = createServer().listen(0, '127.0.0.1');
  const gone = once(mute, 'connection').then(([socket]) => once(socket.resume(), 'close'));
  await once(mute, 'listening');
  const url = `ws://127.0.0.1:${(mute.address() as AddressInfo).port}`;
  const error = await failureOf(spawn(() => withTimeout(30, () => connected(url))));

  assert.instance(error, Timeout);
  await gone;
  await new Promise((resolve) => mute.close(resolve));
});

test.run();
