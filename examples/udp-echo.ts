// Echoes each UDP datagram, with a greenlet for each; Ctrl-C ends it. With --client it measures round trips to such a
// server. Datagrams may get lost, so it waits for each answer with a timeout, and detects late answers by their number.
// Run: npm run example udp-echo -- 7000, and in another terminal: npm run example udp-echo -- 7000 --client
// Without arguments both run in one program; the server loses every fourth datagram, and the program ends by itself.

import { run, Timeout, withTimeout } from 'greenhub';
import { connectDatagram, DatagramServer, type DatagramSocket } from 'greenhub/net';
import { onlyPort, readArguments, refuse, wholeNumber } from './support/arguments.ts';
import { listening } from './support/listening.ts';
import { why } from './support/why.ts';

const { port, client, count, timeout } = commandLine();

run(client ? () => measure(port!) : port === undefined ? demonstrate : serve);

function* serve() {
  const server = echoServer(port!);
  yield* listening(server.start(), port!);
  console.log(`listening on 127.0.0.1, port ${server.port}`);
  yield* server.serveForever();
}

function* demonstrate() {
  const server = echoServer(0, 4);
  yield* server.start();
  yield* measure(server.port!);
  yield* server.stop({ timeout: 1_000 });
}

/** A server that loses one of every `losesOneOf` datagrams; by default, none. */
function echoServer(port: number, losesOneOf = Infinity) {
  let received = 0;
  return new DatagramServer(
    { port, host: '127.0.0.1' },
    function* echo(data, remote, server) {
      received += 1;
      if (received % losesOneOf !== 0) yield* server.sendto(data, remote);
    },
    { pool: 1_000 },
  );
}

function* measure(port: number) {
  using socket = yield* connectDatagram(port, '127.0.0.1');
  const times: number[] = [];
  for (let number = 1; number <= count; number += 1) {
    try {
      const time = yield* withTimeout(timeout, () => roundTrip(socket, number));
      times.push(time);
      console.log(`${number}: ${time.toFixed(2)} ms`);
    } catch (error) {
      if (error instanceof Timeout) console.log(`${number}: lost, no answer within ${timeout} ms`);
      else if (error instanceof Error && 'code' in error) console.log(`${number}: lost, ${why(error)}`);
      else throw error;
    }
  }
  const mean = times.reduce((sum, time) => sum + time, 0) / times.length;
  const took = times.length === 0 ? '' : `; mean ${mean.toFixed(2)} ms, longest ${Math.max(...times).toFixed(2)} ms`;
  console.log(`${count} sent, ${times.length} came back, ${count - times.length} lost${took}`);
  if (times.length === 0) process.exitCode = 1;
}

function* roundTrip(socket: DatagramSocket, number: number) {
  const begin = performance.now();
  yield* socket.send(`${number}`);
  // Skip late answers to earlier datagrams.
  while (Number(yield* socket.recv()) !== number);
  return performance.now() - begin;
}

function commandLine() {
  const usage = `Usage: npm run example udp-echo -- [port] [options]
  port            where to listen; 0 for a free port (without a port: a demonstration, which ends)
  --client        measure round trips to that port instead of listening
  --count <n>     number of datagrams (8)
  --timeout <ms>  time limit for each answer (100)`;
  const options = {
    client: { type: 'boolean', default: false },
    count: { type: 'string', default: '8' },
    timeout: { type: 'string', default: '100' },
  } as const;
  const { values, positionals } = readArguments({ options, allowPositionals: true }, usage);
  const port = onlyPort(positionals, usage, values.client ? 1 : 0);
  if (values.client && port === undefined) refuse('give the port of the server', usage);
  return {
    port,
    client: values.client,
    count: wholeNumber('--count', values.count, usage),
    timeout: wholeNumber('--timeout', values.timeout, usage),
  };
}
