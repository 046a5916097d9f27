import { once } from 'node:events';
import { createConnection, createServer, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { lines, listeningPort, loopback, type Program, refusing, run, start } from './program.ts';

const test = suite('example port-forwarder');

/** A forwarder to a server of the test. */
async function forwarding(serve: (socket: Socket) => void) {
  const server = createServer({ allowHalfOpen: true }, serve);
  const port = await loopback(server);
  const program = start('port-forwarder', '0', '127.0.0.1', `${port}`);
  const forwarded = await listeningPort(program, /^forwarding 127\.0\.0\.1, port (\d+), to/);
  return { server, program, connect: () => connect(forwarded) };
}

async function connect(port: number): Promise<Socket> {
  const client = createConnection({ port, host: '127.0.0.1', allowHalfOpen: true });
  await once(client, 'connect');
  return client;
}

/** Everything that arrives. Node's `text()` would destroy the socket, whose other direction may still be in use. */
async function allOf(socket: Socket): Promise<string> {
  let all = '';
  socket.setEncoding('utf8').on('data', (data) => {
    all += data;
  });
  await once(socket, 'end');
  return all;
}

async function interrupted(program: Program): Promise<void> {
  program.interrupt();
  const { code, stderr } = await program.ended;
  assert.equal({ code, stderr }, { code: 130, stderr: '' });
}

test('without arguments it shows a demonstration, and ends', async () => {
  const { code, stdout, stderr } = await run('port-forwarder');
  const answers = lines(stdout).filter((line) => line.startsWith('answer'));
  assert.equal(answers.sort(), ['answer: you sent 5 bytes', 'answer: you sent 50000000 bytes']);
  assert.equal({ code, stderr }, { code: 0, stderr: '' });
});

test('the end of one direction is passed on, and the other stays open', async () => {
  const { server, program, connect } = await forwarding(async (socket) => {
    const question = await allOf(socket);
    socket.end(`answer to ${question}`);
  });
  const client = await connect();
  client.end('a question');
  assert.is(await allOf(client), 'answer to a question');
  await program.printed('10 bytes sent, 20 bytes received');
  await interrupted(program);
  server.close();
});

test('so is the end of the other', async () => {
  let received: Promise<string> | undefined;
  const { server, program, connect } = await forwarding((socket) => {
    socket.end('greeting');
    received = allOf(socket);
  });
  const client = await connect();
  assert.is(await allOf(client), 'greeting');
  client.end('after the end of the greeting');
  await program.printed('29 bytes sent, 8 bytes received');
  assert.is(await received, 'after the end of the greeting');
  await interrupted(program);
  server.close();
});

test('back-pressure from a slow reader stops the sender', async () => {
  const total = 200_000_000;
  let accepted: Socket | undefined;
  const { server, program, connect } = await forwarding((socket) => {
    accepted = socket.pause();
  });
  const client = await connect();
  client.end(Buffer.alloc(total));
  const taken = (): number => client.bytesWritten - client.writableLength;
  for (let before = -1; taken() > before && taken() < total; await pause(300)) before = taken();
  assert.ok(taken() < total, 'all was taken, and nobody has read it');
  let bytes = 0;
  for await (const chunk of accepted ?? []) bytes += chunk.length;
  assert.is(bytes, total);
  client.destroy();
  accepted?.destroy();
  await interrupted(program);
  server.close();
});

test('if no server listens, the client is disconnected, and the next one is served', async () => {
  const { port } = new URL(await refusing());
  const program = start('port-forwarder', '0', '127.0.0.1', port);
  const forwarded = await listeningPort(program, /, port (\d+), to/);
  for (const time of [1, 2]) {
    assert.is(await allOf(await connect(forwarded)), '', `time ${time}`);
  }
  await program.printed('ECONNREFUSED');
  await interrupted(program);
});

test('Ctrl-C hangs up on both sides', async () => {
  let upstreamEnded: Promise<unknown> | undefined;
  const { server, program, connect } = await forwarding((socket) => {
    upstreamEnded = once(socket.on('error', () => {}).resume(), 'end').then(() => socket.destroy());
    socket.write('hello');
  });
  const client = await connect();
  await once(client, 'data');
  await interrupted(program);
  await upstreamEnded;
  client.destroy();
  server.close();
});

for (const [args, message] of [
  [['8080'], 'give three arguments or none'],
  [['many', 'one.example', '80'], 'the port to listen on must be a number from 0 to 65535, not "many"'],
  [['8080', 'one.example', '0'], 'the port to forward to must be a number from 1 to 65535, not "0"'],
] as const) {
  test(`it refuses ${args.join(' ')} and says why`, async () => {
    const { code, stderr } = await run('port-forwarder', ...args);
    assert.match(stderr, message);
    assert.match(stderr, 'Usage: npm run example port-forwarder');
    assert.is(code, 2);
  });
}

test.run();
