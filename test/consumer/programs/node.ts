// A program on Node: servers, requests, patches, the plugin.

import { createServer as createNodeServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { run, spawn, until, withTimeout } from 'greenhub';
import greenhub from 'greenhub/eslint';
import { type Snapshot, snapshot, stackOf } from 'greenhub/inspect';
import { patchAll } from 'greenhub/monkey';
import { connect, createServer, HttpServer, request } from 'greenhub/net';
import { assertNoLeaks } from 'greenhub/testing';

patchAll();

function* echo() {
  const server = createServer(function* (socket) {
    for (;;) {
      const line = yield* socket.readLine();
      if (line === null) return;
      yield* socket.sendall(`${line.toUpperCase()}\n`);
    }
  });
  yield* server.start({ port: 0, host: '127.0.0.1' });
  using socket = yield* connect((server.address as AddressInfo).port, '127.0.0.1');
  yield* socket.sendall('hello\n');
  const answer: string | null = yield* socket.readLine();
  socket.close();
  yield* server.stop();
  return answer;
}

function* serve() {
  const server = new HttpServer({ port: 0, host: '127.0.0.1' }, function* (incoming, response) {
    yield* response.sendall(`you asked for ${incoming.url}`);
  });
  yield* server.start();
  const url = `http://127.0.0.1:${(server.address as AddressInfo).port}/`;
  const fetched = yield* fetch(`${url}a`);
  const text: string = yield* fetched.text();
  const requested = yield* request(`${url}b`);
  const other: string = yield* requested.body.text();
  yield* server.stop();
  return [text, other];
}

run(function* main() {
  const answer = yield* withTimeout(60_000, assertNoLeaks(echo));
  const texts = yield* spawn(serve);
  const waiter = spawn(() => until(new Promise<void>(() => {})));
  const taken: Snapshot = snapshot({ stacks: true });
  const frames: string[] = stackOf(waiter);
  waiter.kill();
  const signal = yield* until((abort) => Promise.resolve(abort.aborted));
  console.log(
    `node ${answer} ${texts.join(', ')} ${signal} ${greenhub.meta.name} ${typeof createNodeServer}` +
      (taken.greenlets.length > 1 && frames.length === 0 ? '' : ' and nothing was seen'),
  );
});
