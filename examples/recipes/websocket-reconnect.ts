// Keeps a WebSocket open: when it breaks, connects again, with growing pauses. Messages arrive in one queue all the time.

import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { Queue, retry, run, spawn } from 'greenhub';
import { patchAll } from 'greenhub/monkey';
import { WebSocket, WebSocketServer } from 'ws';

patchAll();

function* connection(url: string) {
  const socket = new WebSocket(url);
  try {
    yield* once(socket, 'open'); // throws if there is no connection
    return socket;
  } finally {
    if (socket.readyState !== WebSocket.OPEN) socket.terminate();
  }
}

/** Puts all messages into the queue until it is killed. */
function* listen(url: string, messages: Queue<string>) {
  for (let connects = 1; ; connects += 1) {
    const socket = yield* retry(() => connection(url), {
      attempts: Infinity,
      minDelay: 10,
      maxDelay: 30_000,
      jitter: 0.5,
    });
    try {
      socket.on('message', (data) => messages.putNowait(String(data)));
      socket.on('error', () => {}); // 'close' follows
      socket.send(`hello ${connects}`);
      yield* once(socket, 'close');
    } finally {
      socket.terminate();
    }
  }
}

await run(function* main() {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  yield* once(server, 'listening');
  server.on('connection', (client) => {
    client.once('message', (data) => client.send(`welcome, ${data}`, () => client.terminate())); // an unreliable server
  });
  const messages = new Queue<string>();
  const listener = spawn(listen, `ws://127.0.0.1:${(server.address() as AddressInfo).port}`, messages);
  for (let n = 0; n < 3; n += 1) console.log(yield* messages.get());
  yield* listener.kill();
  server.close();
});
