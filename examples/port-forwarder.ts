// Forwards connections from a local port to a port of another host, with two greenlets for each connection: one for
// each direction. When one side has ended, the other can still send. A slow reader slows down its sender (back-
// pressure). Ctrl-C ends it.
// Run: npm run example port-forwarder -- 8080 one.example 80   (without arguments: a demonstration on loopback, which ends)

import { all, GreenletExit, joinall, run, spawn } from 'greenhub';
import { connect, StreamServer } from 'greenhub/net';
import { portNumber, readArguments, refuse } from './support/arguments.ts';
import { listening } from './support/listening.ts';
import { relay } from './support/relay.ts';
import { why } from './support/why.ts';

const { port, target } = commandLine();

run(target === undefined ? demonstrate : forward);

function* forward() {
  const server = forwarder(port, target!);
  yield* listening(server.start(), port);
  console.log(`forwarding 127.0.0.1, port ${server.port}, to ${target!.host}, port ${target!.port}`);
  yield* server.serveForever({ stopTimeout: 0 });
}

function forwarder(port: number, target: { port: number; host: string }) {
  return new StreamServer({ port, host: '127.0.0.1' }, function* serve(client) {
    const from = `${client.remoteAddress}:${client.remotePort}`;
    try {
      using upstream = yield* connect(target, { timeout: 10_000 });
      const { up, down } = yield* relay(client, upstream);
      console.log(`${from}: ${up} bytes sent, ${down} bytes received`);
    } catch (error) {
      if (error instanceof GreenletExit) throw error; // Ctrl-C
      console.log(`${from}: ${why(error)}`); // nobody listens there, or one side broke the connection
    }
  });
}

function* demonstrate() {
  // Answers when it has received everything. Only a half-close can tell it so.
  const counter = new StreamServer({ port: 0, host: '127.0.0.1' }, function* count(socket) {
    let bytes = 0;
    for (let data = yield* socket.recv(); data.length > 0; data = yield* socket.recv()) bytes += data.length;
    yield* socket.sendall(`you sent ${bytes} bytes`);
  });
  yield* counter.start();
  const server = forwarder(0, { port: counter.port!, host: '127.0.0.1' });
  yield* server.start();

  function* send(bytes: number) {
    using socket = yield* connect(server.port!, '127.0.0.1');
    yield* socket.sendall(Buffer.alloc(bytes));
    socket.shutdown();
    console.log(`answer: ${yield* socket.readLine({ timeout: 10_000 })}`);
  }
  yield* joinall([spawn(send, 5), spawn(send, 50_000_000)], { raiseError: true });
  yield* all([server.stop({ timeout: 1_000 }), counter.stop({ timeout: 1_000 })]);
}

function commandLine() {
  const usage = `Usage: npm run example port-forwarder -- <listen-port> <host> <port>
  listen-port  where to listen, on 127.0.0.1; 0 for a free port (without arguments: a demonstration, which ends)
  host, port   where to forward to`;
  const { positionals } = readArguments({ allowPositionals: true }, usage);
  const [listen, host, port, ...rest] = positionals;
  if (listen === undefined) return { port: 0, target: undefined };
  if (host === undefined || port === undefined || rest.length > 0) refuse('give three arguments or none', usage);
  return {
    port: portNumber('the port to listen on', listen, 0, usage),
    target: { host, port: portNumber('the port to forward to', port, 1, usage) },
  };
}
