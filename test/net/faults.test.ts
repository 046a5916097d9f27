import type { Socket as Stream } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import * as assert from 'uvu/assert';
import { type Coroutine, forEach, spawn, withTimeout } from '../../lib/index.ts';
import { patchAll } from '../../lib/monkey/index.ts';
import { connect, connectTls, LimitExceededError, request, StreamServer } from '../../lib/net/index.ts';
import { VirtualClock } from '../../lib/testing/index.ts';
import { failureOf } from '../support/failure.ts';
import { suite } from '../support/harness.ts';
import { whilePatched } from '../support/patched.ts';
import { undici } from '../support/undici.ts';
import { cert, key } from './certificate.ts';
import { LOOPBACK } from './pairs.ts';
import { type Conduct, Peer } from './peers.ts';

const test = suite('faults of the network');

const HEAD = 'HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n';
const MIB = 1024 * 1024;
const LIMIT = MIB;

/** Faults, and the error that each client gets: its name and code, and those of its cause. */
interface Fault {
  readonly name: string;
  readonly conduct: Conduct;
  readonly fetch: string;
  readonly request: string;
  /** For a bare socket that reads a head and then waits for more; none if only HTTP can detect the fault. */
  readonly socket?: string;
}

/** The error of Node's own fetch if its parser refuses an answer. From Node 24 on (undici 7), it has no code. */
function parserError(code: string): string {
  const major = Number(process.versions.undici?.split('.')[0]);
  return major >= 7 ? 'TypeError < HTTPParserError' : `TypeError < HTTPParserError ${code}`;
}

const FAULTS: Fault[] = [
  {
    name: 'a peer that has vanished: connected, and not a word',
    conduct: (stream) => void stream.pause(),
    fetch: 'Timeout',
    request: 'Timeout',
    socket: 'Timeout',
  },
  {
    name: 'a peer that ends its side without an answer',
    conduct: (stream) => void stream.end(),
    fetch: 'TypeError < SocketError UND_ERR_SOCKET',
    request: 'SocketError UND_ERR_SOCKET',
    socket: 'PrematureEndError',
  },
  {
    name: 'a server that never answers',
    conduct: () => {},
    fetch: 'Timeout',
    request: 'Timeout',
    socket: 'Timeout',
  },
  {
    name: 'a server that sends its headers, and no body',
    conduct: (stream) => void stream.write(`${HEAD}content-length: 1000\r\n\r\n`),
    fetch: 'Timeout',
    request: 'Timeout',
    socket: 'Timeout',
  },
  {
    name: 'a server that drips a byte at a time, for ever',
    conduct: drip,
    fetch: 'Timeout',
    request: 'Timeout',
    socket: 'Timeout',
  },
  {
    name: 'a reset before the headers',
    conduct: reset,
    fetch: 'TypeError < Error ECONNRESET',
    request: 'Error ECONNRESET',
    socket: 'Error ECONNRESET',
  },
  {
    name: 'a reset in mid-body',
    conduct: async (stream) => {
      stream.write(`${HEAD}content-length: 1000\r\n\r\nhalf`);
      // If both arrive together, Node reports an end.
      for (let turns = 0; turns < 5; turns += 1) await turn();
      reset(stream);
    },
    fetch: 'TypeError < Error ECONNRESET',
    request: 'Error ECONNRESET',
    socket: 'Error ECONNRESET',
  },
  {
    name: 'an end in mid-body',
    conduct: (stream) => void stream.end(`${HEAD}content-length: 1000\r\n\r\nhalf`),
    fetch: 'TypeError < SocketError UND_ERR_SOCKET',
    request: 'SocketError UND_ERR_SOCKET',
    socket: 'PrematureEndError',
  },
  {
    name: 'a body of 1 GiB, with a limit of 1 MiB',
    conduct: flood,
    fetch: 'LimitExceededError',
    request: 'LimitExceededError',
    socket: 'LimitExceededError',
  },
  {
    name: 'a chunk whose size is no number',
    conduct: (stream) => void stream.write(`${HEAD}transfer-encoding: chunked\r\n\r\n4\r\ngood\r\nzz\r\n`),
    fetch: parserError('HPE_INVALID_CHUNK_SIZE'),
    request: 'HTTPParserError HPE_INVALID_CHUNK_SIZE',
  },
  {
    name: 'a body that is cut between two chunks',
    conduct: (stream) => void stream.end(`${HEAD}transfer-encoding: chunked\r\n\r\n4\r\ngood\r\n`),
    fetch: 'TypeError < SocketError UND_ERR_SOCKET',
    request: 'SocketError UND_ERR_SOCKET',
  },
  {
    name: 'what is no HTTP',
    conduct: (stream) => void stream.write('220 mail.example ready\r\n\r\n'),
    fetch: parserError('HPE_INVALID_CONSTANT'),
    request: 'HTTPParserError HPE_INVALID_CONSTANT',
  },
];

/** Node's own `resetAndDestroy()` ends the stream first, which the client sees before the reset. */
function reset(stream: Stream): void {
  Reflect.set(stream, 'resetAndClosing', true);
  stream.destroy();
}

/** Sends a byte now and then: each long before a timeout for a single read would pass. */
function drip(stream: Stream, peer: Peer): void {
  stream.write(`${HEAD}content-length: 100000\r\n\r\n`);
  const drops = setInterval(() => {
    peer.sent += 1;
    stream.write('x');
  }, 2);
  stream.on('close', () => clearInterval(drops));
}

/** Sends 1 GiB, as fast as the client takes it. */
function flood(stream: Stream, peer: Peer): void {
  const piece = Buffer.alloc(64 * 1024, 'x');
  const pour = (): void => {
    while (peer.sent < 1024 * MIB && !stream.destroyed) {
      peer.sent += piece.length;
      if (!stream.write(piece)) return void stream.once('drain', pour);
    }
  };
  stream.write(`${HEAD}content-length: ${1024 * MIB}\r\n\r\n`);
  pour();
}

/** Only the patches that `yield* fetch()` needs, so that each client has its own connection. */
const onlyFetch = (): void =>
  patchAll({ timers: false, socket: false, dns: false, childProcess: false, events: false });

/** Longer than anything on loopback takes. */
const TIMEOUT = 60_000;

function* byFetch(port: number, timeout: number): Coroutine<void> {
  yield* withTimeout(timeout, function* () {
    const response = yield* fetch(`http://127.0.0.1:${port}/`);
    let length = 0;
    yield* forEach(response.body as ReadableStream<Uint8Array>, (piece) => {
      length += piece.length;
      if (length > LIMIT) throw new LimitExceededError('longer than its limit', LIMIT);
    });
  });
}

function* byRequest(port: number, timeout: number): Coroutine<void> {
  const { body } = yield* request(`http://127.0.0.1:${port}/`, { timeout });
  yield* body.text({ timeout, limit: LIMIT });
}

function* bySocket(port: number, timeout: number): Coroutine<void> {
  using socket = yield* connect({ port, host: '127.0.0.1' }, { timeout });
  yield* socket.sendall('GET / HTTP/1.1\r\nhost: peer\r\n\r\n', { timeout });
  yield* socket.readUntil('\r\n\r\n', { timeout });
  yield* socket.readUntil('\0', { timeout, limit: LIMIT });
}

/** The name and code of an error, and those of its causes. */
function told(error: unknown): string {
  const { name, code, cause } = error as NodeJS.ErrnoException & { cause?: unknown };
  const own = code === undefined ? name : `${name} ${code}`;
  return cause === undefined ? own : `${own} < ${told(cause)}`;
}

/** How many open connections this process has, counting both ends. */
function openSockets(): number {
  return process.getActiveResourcesInfo().filter((kind) => kind === 'TCPSocketWrap').length;
}

type Client = (port: number, timeout: number) => Coroutine<void>;

async function failureAt(client: Client, peer: Peer): Promise<unknown> {
  return await failureOf(spawn(client, peer.port, TIMEOUT));
}

/** The same, ended by a timeout. The test's own clock ensures that the timeout comes only after the fault. */
async function failureInTime(client: Client, peer: Peer, isThere: () => boolean): Promise<unknown> {
  using clock = VirtualClock.install({ autojump: false });
  const gr = spawn(client, peer.port, TIMEOUT);
  const failure = failureOf(gr);
  await peer.begun.wait();
  while (!isThere()) await turn();
  for (; !gr.dead; await turn()) await clock.advance(TIMEOUT / 100);
  return await failure;
}

/** Checks that a client fails as expected, and that both ends of its connections are closed then. */
async function assertFails(client: Client, expected: string, peer: Peer, isThere = () => true): Promise<void> {
  const before = openSockets();
  const error = await (expected === 'Timeout' ? failureInTime(client, peer, isThere) : failureAt(client, peer));
  assert.is(told(error), expected);
  await peer.deserted();
  await assertClosed(before);
}

/** Checks that no more sockets are open than before. */
async function assertClosed(before: number): Promise<void> {
  // Node closes handles some turns after it emits 'close'.
  for (let turns = 0; turns < 1_000 && openSockets() > before; turns += 1) await turn();
  assert.ok(openSockets() <= before, `${openSockets() - before} sockets were left open`);
}

for (const fault of FAULTS) {
  for (const [name, client, expected] of [
    ['a patched fetch', byFetch, fault.fetch],
    ['request()', byRequest, fault.request],
    ['a socket', bySocket, fault.socket],
  ] as const) {
    if (expected === undefined) continue;
    test(`${fault.name}: ${name} gets ${expected}, and frees the connection`, async () => {
      const peer = await Peer.open(fault.conduct);
      try {
        // So the deadline ends a drip, not a missing byte.
        const isThere = (): boolean => fault.conduct !== drip || peer.sent > 1;
        const run = (): Promise<void> => assertFails(client, expected, peer, isThere);
        if (client === byFetch) await whilePatched(run, onlyFetch);
        else await run();
        assert.ok(peer.sent < 64 * MIB, `${peer.sent} bytes were sent to who wanted ${LIMIT}`);
      } finally {
        await peer.close();
      }
    });
  }
}

const TLS_FAULTS = [
  {
    name: 'a name that the certificate is not for',
    servername: 'other.test',
    ca: cert,
    code: 'ERR_TLS_CERT_ALTNAME_INVALID',
  },
  {
    name: 'a certificate that nobody has signed',
    servername: 'greenhub.test',
    ca: [],
    code: 'DEPTH_ZERO_SELF_SIGNED_CERT',
  },
];

for (const { name, code, ...trust } of TLS_FAULTS) {
  const clients: [string, Client, string][] = [
    [
      'a patched fetch',
      function* (port) {
        yield* fetch(`https://127.0.0.1:${port}/`, { dispatcher: agent() } as object);
      },
      `TypeError < Error ${code}`,
    ],
    [
      'request()',
      function* (port, timeout) {
        yield* request(`https://127.0.0.1:${port}/`, { dispatcher: agent(), timeout });
      },
      `Error ${code}`,
    ],
    [
      'connectTls()',
      function* (port, timeout) {
        using _socket = yield* connectTls({ port, host: '127.0.0.1', ...trust }, { timeout });
      },
      `Error ${code}`,
    ],
  ];
  const agent = () => new undici.Agent({ connect: trust });
  for (const [client, run, expected] of clients) {
    test(`TLS with ${name}: ${client} gets ${expected}, and frees the connection`, async () => {
      const peer = await Peer.open(() => {}, { tls: true });
      try {
        if (client === 'a patched fetch') await whilePatched(() => assertFails(run, expected, peer), onlyFetch);
        else await assertFails(run, expected, peer);
      } finally {
        await peer.close();
      }
    });
  }
}

test('a TLS client that vanishes in the handshake leaves no connection at a server', async () => {
  const server = new StreamServer(LOOPBACK, () => {}, { tls: { cert, key } });
  await server.start();
  const before = openSockets();
  const failing = connectTls({ port: server.port ?? 0, host: '127.0.0.1', servername: 'other.test', ca: cert });
  assert.is(told(await failureOf(failing)), 'Error ERR_TLS_CERT_ALTNAME_INVALID');
  await assertClosed(before);
  await server.stop();
});

test.run();
