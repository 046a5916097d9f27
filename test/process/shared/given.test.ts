import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { spawn } from 'greenhub';
import { connect, connectTls, type ListeningSocket, listen, type Socket, StreamServer, socketPair } from 'greenhub/net';
import { Event, Process, Queue } from 'greenhub/process';
import * as assert from 'uvu/assert';
import { cert, key } from '../../net/certificate.ts';
import { failureOf, thrownBy } from '../../support/failure.ts';
import { suite } from '../../support/harness.ts';
import { greetOnEach, servePid, shout } from '../targets/servers.js';

const test = suite('sockets as arguments of a process');
const HOST = '127.0.0.1';
const module = new URL('../targets/servers.js', import.meta.url);

/** Where a listening socket listens, for `connect()`. */
function placeOf(listener: ListeningSocket): { port: number; host: string } | { path: string } {
  const { address } = listener;
  return typeof address === 'string' ? { path: address } : { port: listener.port ?? 0, host: HOST };
}

/** Asks a server for the id of its process, over a new connection. */
async function servedBy(listener: ListeningSocket): Promise<number> {
  using socket = await connect(placeOf(listener));
  await socket.sendall('GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n');
  await socket.readUntil('\r\n\r\n');
  return Number(await socket.readLine());
}

/** Processes that serve a listening socket. */
class Workers {
  readonly processes: Process<void>[] = [];
  readonly stop = new Event();
  readonly said = new Queue<unknown>();
  private readonly listener: ListeningSocket;

  constructor(listener: ListeningSocket) {
    this.listener = listener;
  }

  async start(count: number): Promise<unknown[]> {
    const places: unknown[] = [];
    for (let n = 0; n < count; n += 1) {
      this.processes.push(new Process({ target: servePid, args: [this.listener, this.said, this.stop] }).start());
    }
    for (let n = 0; n < count; n += 1) places.push(await this.said.get());
    return places;
  }

  async end(): Promise<void> {
    this.stop.set();
    for (const process of this.processes) await process;
  }
}

for (const kind of ['port', 'path']) {
  test(`two processes serve one listening socket at a ${kind}, which waits for the next when they have ended`, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'greenhub-given-'));
    try {
      using listener = await listen(kind === 'path' ? { path: join(folder, 'socket') } : { port: 0, host: HOST });
      const first = new Workers(listener);
      assert.equal(await first.start(2), [listener.address, listener.address]);
      const pids = first.processes.map((process) => process.pid);
      for (let n = 0; n < 10; n += 1) assert.ok(pids.includes(await servedBy(listener)));
      await first.end();
      const waits = servedBy(listener);
      const second = new Workers(listener);
      await second.start(1);
      assert.is(await waits, second.processes[0]?.pid);
      await second.end();
      if (kind === 'path') assert.equal(readdirSync(folder), ['socket']);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
}

test('the parent and a child serve one listening socket', async () => {
  using listener = await listen(0, HOST);
  const workers = new Workers(listener);
  await workers.start(1);
  const server = new StreamServer(listener, function* never() {});
  await server.start();
  await server.stop();
  assert.is(await servedBy(listener), workers.processes[0]?.pid);
  await workers.end();
});

test('it may be closed at once after start(), and the process has it still', async () => {
  const listeners = [await listen(0, HOST), await listen(0, HOST), await listen(0, HOST)];
  const places = listeners.map(placeOf);
  const process = new Process({ target: greetOnEach, args: [listeners] }).start();
  for (const listener of listeners) listener.close();
  for (const [number, place] of places.entries()) {
    using socket = await connect(place as { port: number });
    assert.is(await socket.readLine(), `listener ${number}`);
  }
  await process;
});

test('an unread socket goes to a process, with what has arrived, and is gone from here', async () => {
  const [ours, theirs] = await socketPair();
  await ours.sendall('one\ntw');
  const process = new Process({ target: shout, args: [theirs] }).start();
  assert.ok(theirs.closed);
  assert.match(String(await failureOf(theirs.recv())), /SocketClosedError: Socket#\d+ was given to another process/);
  assert.is(await ours.readLine(), 'ONE');
  await ours.sendall('o\nthree\n');
  assert.is(await ours.readLine(), 'TWO');
  assert.is(await ours.readLine(), 'THREE');
  ours.shutdown();
  assert.is(await ours.readLine(), 'BYE');
  assert.is(await ours.readLine(), null);
  ours.close();
  await process;
});

test('so does one that has read ahead more than its buffer holds, and whose peer has ended', async () => {
  const [ours, theirs] = await socketPair();
  const lines = Array.from({ length: 1_000 }, (_, n) => `line ${n} ${'.'.repeat(300)}`);
  const sent = spawn(function* send() {
    yield* ours.sendall(`${lines.join('\n')}\n`);
    ours.shutdown();
  });
  while (theirs.stream.readableLength === 0) await turn();
  const process = new Process({ target: shout, args: [theirs] }).start();
  for (const line of lines) assert.is(await ours.readLine(), line.toUpperCase());
  assert.is(await ours.readLine(), 'BYE');
  await sent;
  ours.close();
  await process;
});

test('several sockets go in any order and place, one of them twice', async () => {
  const pairs = [await socketPair(), await socketPair()];
  const processes = pairs.map(([, theirs]) => new Process({ target: shout, args: [theirs] }).start());
  for (const [number, [ours]] of pairs.entries()) {
    await ours.sendall(`number ${number}\n`);
    assert.is(await ours.readLine(), `NUMBER ${number}`);
    ours.close();
  }
  for (const process of processes) await process.join();
});

test('a process can answer a peer that had sent all before the socket was given', async () => {
  for (const text of ['', 'short\n']) {
    const [ours, theirs] = await socketPair();
    await ours.sendall(text);
    ours.shutdown();
    while (!theirs.stream.readableEnded) await turn();
    const process = new Process({ target: shout, args: [theirs] }).start();

    if (text !== '') assert.is(await ours.readLine(), 'SHORT');
    assert.is(await ours.readLine(), 'BYE');
    ours.close();
    await process;
  }
});

test('a socket is closed if its process ends before it has received it', async () => {
  const [ours, theirs] = await socketPair();
  const process = new Process({ target: shout, args: [theirs] }).start();
  await process.kill();

  assert.is((await ours.recv()).length, 0);
  ours.close();
});

test('a handler of a server gives its connection away', async () => {
  const processes: Process<void>[] = [];
  const server = new StreamServer({ port: 0, host: HOST }, (socket) => {
    processes.push(new Process({ target: shout, args: [socket] }).start());
  });
  await server.start();
  const client = await connect(server.port ?? 0, HOST);
  await client.sendall('hello\n');
  assert.is(await client.readLine(), 'HELLO');
  await server.stop();
  client.shutdown();
  assert.is(await client.readLine(), 'BYE');
  client.close();
  await processes[0];
});

test('the peer of a socket sees its end when the process does not come to life', async () => {
  const [ours, theirs] = await socketPair();
  const args = [theirs];
  const process = new Process({ target: { module: new URL('absent.js', module) }, args }).start();
  assert.is((await ours.recv().catch(() => Buffer.alloc(0))).length, 0);
  ours.close();
  assert.instance(await failureOf(process.get()), Error);
});

test('what cannot be given is a TypeError of start(), and nothing has happened', async () => {
  const [ours, theirs] = await socketPair();
  const listener = await listen(0, HOST);
  const refusals: [string, () => unknown, RegExp][] = [
    [
      'to a thread',
      () => new Process({ target: shout, args: [theirs], kind: 'thread' }).start(),
      /args\[0\] cannot be sent: .*only be an argument of a Process of the kind process/,
    ],
    [
      'with something else that cannot go',
      () => new Process({ target: shout, args: [theirs, () => 1] as never }).start(),
      /args\[1\] is a function/,
    ],
  ];
  for (const [name, attempt, message] of refusals) assert.match(String(thrownBy(attempt)), message, name);
  const queue = new Queue<unknown>();
  assert.match(String(await failureOf(queue.put({ listener }))), /TypeError: item\.listener cannot be sent/);
  const reading = spawn(() => theirs.recv());
  await turn();
  assert.match(String(thrownBy(() => new Process({ target: shout, args: [theirs] }).start())), /is being read here/);
  await ours.sendall('still here');
  assert.is(String(await reading.get()), 'still here');
  listener.close();
  theirs.close();
  ours.close();
  for (const socket of [theirs, listener]) {
    assert.match(String(thrownBy(() => new Process({ target: shout, args: [socket as Socket] }).start())), /is closed/);
  }
});

test('a TLS connection cannot be given', async () => {
  const server = new StreamServer({ port: 0, host: HOST }, (socket) => socket.recv(), { tls: { cert, key } });
  await server.start();
  const where = { port: server.port ?? 0, host: HOST, ca: cert, servername: 'greenhub.test' };
  const socket = await connectTls(where);
  const process = new Process({ target: shout, args: [socket] });
  assert.match(String(thrownBy(() => process.start())), /TLS connection, whose keys stay/);
  socket.close();
  await server.stop();
});

test.run();
