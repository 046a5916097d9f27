import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import * as assert from 'uvu/assert';
import { joinall, spawn } from '../../../lib/index.ts';
import { admit, checkedKey, introduce } from '../../../lib/process/channel/handshake.ts';
import { AuthenticationError, ConnectionLostError } from '../../../lib/process/errors.ts';
import { suite } from '../../support/harness.ts';

const test = suite('process/channel/handshake');

const KEY = checkedKey('open sesame');
const OTHER = checkedKey('another');

/** Two ends of one connection. */
async function connection(): Promise<{ server: Socket; client: Socket; close(): Promise<void> }> {
  const listener: Server = createServer();
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const client = connect({ port: (listener.address() as { port: number }).port, host: '127.0.0.1' });
  const [server] = (await once(listener, 'connection')) as [Socket];
  for (const socket of [server, client]) socket.on('error', () => {});
  const close = async (): Promise<void> => {
    server.destroy();
    client.destroy();
    listener.close();
    await once(listener, 'close');
  };
  return { server, client, close };
}

async function failureOf(operation: PromiseLike<unknown>): Promise<unknown> {
  try {
    await operation;
  } catch (error) {
    return error;
  }
  throw new Error('it did not fail');
}

/** All bytes that have passed, in both directions. */
function recorded(...sockets: Socket[]): () => string {
  const chunks: Buffer[] = [];
  for (const socket of sockets) socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  return () => Buffer.concat(chunks).toString('latin1');
}

test('two sides with the same key admit each other, and the key is not sent', async () => {
  const { server, client, close } = await connection();
  const wire = recorded(server, client);

  await joinall([spawn(admit, server, KEY), spawn(introduce, client, KEY)], { raiseError: true });

  assert.match(wire(), /^greenhub 1 [0-9a-f]{64}\n/m);
  assert.not.match(wire(), 'open sesame');
  assert.not.match(wire(), KEY.toString('hex'));
  await close();
});

test('what follows the handshake is left for the next reader', async () => {
  const { server, client, close } = await connection();

  const admitted = spawn(function* () {
    yield* admit(server, KEY);
    server.write('the first message');
  });
  await spawn(introduce, client, KEY);
  const [chunk] = (await Promise.all([once(client, 'data'), client.resume()]))[0] as [Buffer];

  assert.is(chunk.toString(), 'the first message');
  await admitted;
  await close();
});

test('a client with another key is refused at both sides', async () => {
  const { server, client, close } = await connection();

  const admission = failureOf(spawn(admit, server, KEY));
  assert.instance(await failureOf(spawn(introduce, client, OTHER)), AuthenticationError);
  assert.instance(await admission, AuthenticationError);
  await close();
});

test('a client does not accept a server that cannot prove to know the key', async () => {
  const { server, client, close } = await connection();
  server.write(`greenhub 1 ${'0'.repeat(64)}\n`);
  server.once('data', () => server.write(`welcome ${'0'.repeat(64)}\n`));

  const error = await failureOf(spawn(introduce, client, KEY));

  assert.instance(error, AuthenticationError);
  assert.match(String(error), 'does not know the authkey');
  await close();
});

test("a server that sends the client's own proof back is not accepted", async () => {
  const { server, client, close } = await connection();
  server.write(`greenhub 1 ${'0'.repeat(64)}\n`);
  server.once('data', (line: Buffer) => server.write(`welcome ${line.toString().split(' ')[1]}`));

  assert.instance(await failureOf(spawn(introduce, client, KEY)), AuthenticationError);
  await close();
});

test('a proof that was heard before is not accepted again', async () => {
  const first = await connection();
  const heard = recorded(first.server);
  await joinall([spawn(admit, first.server, KEY), spawn(introduce, first.client, KEY)], { raiseError: true });
  await first.close();

  const second = await connection();
  second.client.write(heard());

  assert.instance(await failureOf(spawn(admit, second.server, KEY)), AuthenticationError);
  await second.close();
});

for (const [what, bytes] of [
  ['garbage', 'GET / HTTP/1.1\r\n\r\n'],
  ['bytes that are no text', Buffer.from([0, 255, 254, 10])],
  ['an empty line', '\n'],
  ['a nonce without a proof', `${'0'.repeat(64)}\n`],
] as const) {
  test(`a server refuses ${what}`, async () => {
    const { server, client, close } = await connection();
    client.write(bytes);

    assert.instance(await failureOf(spawn(admit, server, KEY)), AuthenticationError);
    await close();
  });
}

test('a server reads no more than a kilobyte of a line before the proof', async () => {
  const { server, client, close } = await connection();
  client.write(Buffer.alloc(100 * 1024 * 1024, 'a'));

  const error = await failureOf(spawn(admit, server, KEY));

  assert.instance(error, AuthenticationError);
  assert.match(String(error), '1024 bytes');
  assert.ok(server.bytesRead <= 128 * 1024, `${server.bytesRead} bytes were read`);
  await close();
});

test('a client that says nothing is given up', async () => {
  const { server, close } = await connection();

  const error = await failureOf(spawn(admit, server, KEY, 1));

  assert.instance(error, ConnectionLostError);
  assert.match(String(error), 'too long');
  await close();
});

test('a server that says nothing is given up', async () => {
  const { client, close } = await connection();

  assert.instance(await failureOf(spawn(introduce, client, KEY, 1)), ConnectionLostError);
  await close();
});

test('a connection that ends in the middle is a ConnectionLostError', async () => {
  const { server, client, close } = await connection();
  const admission = failureOf(spawn(admit, server, KEY));
  client.end('0123');

  assert.instance(await admission, ConnectionLostError);
  await close();
});

test('a server that is no Manager is an AuthenticationError', async () => {
  const { server, client, close } = await connection();
  server.write('SSH-2.0-OpenSSH_9.2\r\n');

  assert.instance(await failureOf(spawn(introduce, client, KEY)), AuthenticationError);
  await close();
});

test('a key is text or bytes, and not empty', () => {
  assert.throws(
    () => checkedKey(undefined),
    (error: unknown) => error instanceof TypeError,
  );
  assert.throws(
    () => checkedKey(''),
    (error: unknown) => error instanceof RangeError,
  );
  assert.equal(checkedKey(new Uint8Array([1, 2])), Buffer.from([1, 2]));
});

test.run();
