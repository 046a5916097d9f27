/** On every kind of server, a graceful stop answers everything that was begun, once. */
import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import { type AddressInfo, createServer, connect as netConnect, type Server, type Socket as Stream } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { createServer as createTlsServer, connect as tlsConnect } from 'node:tls';
import * as assert from 'uvu/assert';
import { type Coroutine, Event, sleep } from '../../lib/index.ts';
import { patchAll, unpatchAll } from '../../lib/monkey/index.ts';
import { type HttpHandler, HttpServer, Socket, StreamServer } from '../../lib/net/index.ts';

import { cert, key } from '../net/certificate.ts';
import { LOOPBACK } from '../net/pairs.ts';
import { suite } from '../support/harness.ts';
import { Random } from '../support/random.ts';

const test = suite('contract/stop');

const tls = { cert, key };

/** A running server of any kind. */
interface Running {
  readonly port: number;
  /** Ends when everything is closed; `timeout` in milliseconds. */
  stop(timeout?: number): Promise<void>;
}

/** A way to serve HTTP. */
interface HttpKind {
  readonly name: string;
  readonly secure: boolean;
  /** It is stopped by Node's `close()`, which keeps connections until they are idle and has no timeout. */
  readonly isNodes: boolean;
  start(handler: HttpHandler): Promise<Running>;
}

async function startHttpServer(handler: HttpHandler, secure: boolean): Promise<Running> {
  const server = new HttpServer(LOOPBACK, handler, secure ? { tls } : {});
  await server.start();
  return {
    port: server.port as number,
    async stop(timeout) {
      await server.stop({ timeout });
      assert.is(server.size, 0);
    },
  };
}

async function startNodes(server: Server): Promise<Running> {
  await once(server.listen(LOOPBACK), 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async stop() {
      const gone = once(server, 'close');
      server.close();
      await gone;
      unpatchAll();
    },
  };
}

const httpKinds: HttpKind[] = [false, true].flatMap((secure) => {
  const scheme = secure ? 'https' : 'http';
  return [
    {
      name: `HttpServer over ${scheme}`,
      secure,
      isNodes: false,
      start: (handler) => startHttpServer(handler, secure),
    },
    {
      name: `patched ${scheme}.createServer(function*)`,
      secure,
      isNodes: true,
      start(handler) {
        patchAll();
        const listener = handler as http.RequestListener;
        return startNodes(secure ? https.createServer(tls, listener) : http.createServer(listener));
      },
    },
  ] satisfies HttpKind[];
});
const ours = httpKinds.filter(({ isNodes }) => !isNodes);

/** A bare connection. */
class Client {
  readonly stream: Stream;
  text = '';
  readonly ended: Promise<unknown>;

  constructor(stream: Stream) {
    this.stream = stream;
    stream.setEncoding('latin1').on('data', (data) => {
      this.text += data;
    });
    // Its answers show the result.
    stream.on('error', () => {});
    this.ended = new Promise((resolve) => stream.on('close', resolve));
  }

  static async open(port: number, secure: boolean): Promise<Client> {
    const where = { port, host: '127.0.0.1' };
    const stream = secure ? tlsConnect({ ...where, ca: cert, servername: 'greenhub.test' }) : netConnect(where);
    const client = new Client(stream);
    await once(stream, secure ? 'secureConnect' : 'connect');
    return client;
  }

  send(text: string): void {
    this.stream.write(text, 'latin1');
  }

  /** Settles when this text has arrived, or nothing more can arrive. */
  async has(text: string): Promise<void> {
    while (!this.text.includes(text) && !this.stream.closed) {
      await Promise.race([new Promise((resolve) => this.stream.once('data', resolve)), this.ended]);
    }
  }

  /** The complete answers in order: status and body, and whether the answer ends the connection. */
  get answers(): string[] {
    const answers: string[] = [];
    for (let at = 0; at < this.text.length; ) {
      const bodyAt = this.text.indexOf('\r\n\r\n', at) + 4;
      const head = this.text.slice(at, bodyAt);
      const [, status] = /^HTTP\/1\.1 (\d+) /.exec(head) ?? [];
      const [, length] = /^content-length: (\d+)/im.exec(head) ?? [];
      // A body without a length arrives as one chunk here.
      const [chunk, body = ''] = /^[\da-f]+\r\n([\s\S]*?)\r\n0\r\n\r\n/.exec(this.text.slice(bodyAt)) ?? [];
      const isWhole = length === undefined ? chunk !== undefined : bodyAt + Number(length) <= this.text.length;
      if (bodyAt < 4 || status === undefined || !isWhole)
        throw new Error(`no answer: ${this.text.slice(at, at + 200)}`);
      at = length === undefined ? bodyAt + (chunk ?? '').length : bodyAt + Number(length);
      const ends = /^connection: close\r$/im.test(head) ? ' and close' : '';
      answers.push(`${status} ${length === undefined ? body.trim() : this.text.slice(bodyAt, at)}${ends}`);
    }
    return answers;
  }
}

const get = (path: string): string => `GET /${path} HTTP/1.1\r\nhost: x\r\n\r\n`;

/** A handler that answers with the path when the test releases it. */
function gate() {
  const begun: string[] = [];
  const go = new Event();
  const handler: HttpHandler = function* answer(request, response): Coroutine<void> {
    const path = (request.url ?? '').slice(1);
    begun.push(path);
    yield* go.wait();
    const body = request.method === 'POST' ? yield* request.text() : '';
    response.setHeader('content-length', path.length + body.length).end(path + body);
  };
  return { begun, go, handler };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await turn();
}

/** Enough turns for data on loopback to arrive, and for a stop to take effect. */
async function someTurns(): Promise<void> {
  for (let count = 0; count < 20; count += 1) await turn();
}

for (const { name, secure, isNodes, start } of httpKinds) {
  const last = isNodes ? '' : ' and close';

  test(`${name} answers all requests of a pipeline, and only the last ends the connection`, async () => {
    const { begun, go, handler } = gate();
    const server = await start(handler);
    const client = await Client.open(server.port, secure);
    client.send(get('1') + get('2') + get('3'));
    await until(() => begun.length === 3);
    const stopped = server.stop();
    await someTurns();
    go.set();
    await client.has('\r\n3');
    if (isNodes) client.stream.destroy();
    await Promise.all([stopped, client.ended]);
    assert.equal(client.answers, ['200 1', '200 2', `200 3${last}`]);
  });

  test(`${name} answers a request of which half the head had arrived`, async () => {
    const { begun, go, handler } = gate();
    go.set();
    const server = await start(handler);
    const other = await Client.open(server.port, secure);
    const client = await Client.open(server.port, secure);
    client.send(get('1').slice(0, 9));
    // When a later request has been answered, the half has arrived.
    other.send(get('0'));
    await other.has('\r\n0');
    await someTurns();
    const stopped = server.stop();
    if (isNodes) other.stream.destroy();
    await other.ended;
    client.send(get('1').slice(9));
    await client.has('\r\n1');
    if (isNodes) client.stream.destroy();
    await Promise.all([stopped, client.ended]);
    assert.equal(client.answers, [`200 1${last}`]);
    assert.equal(begun, ['0', '1']);
  });

  test(`${name} answers a request of which half the body had arrived`, async () => {
    const { begun, go, handler } = gate();
    go.set();
    const server = await start(handler);
    const client = await Client.open(server.port, secure);
    client.send('POST /x HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\n\r\nab');
    await until(() => begun.length === 1);
    const stopped = server.stop();
    await someTurns();
    client.send('cd');
    await client.has('\r\nxabcd');
    if (isNodes) client.stream.destroy();
    await Promise.all([stopped, client.ended]);
    assert.equal(client.answers, [`200 xabcd${last}`]);
  });
}

for (const { name, secure, start } of ours) {
  test(`${name} answers a pipeline, and the next request, of which half the head had arrived`, async () => {
    const { begun, go, handler } = gate();
    const server = await start(handler);
    const client = await Client.open(server.port, secure);
    client.send(get('1') + get('2') + get('3').slice(0, 5));
    await until(() => begun.length === 2);
    const stopped = server.stop();
    await someTurns();
    go.set();
    await client.has('\r\n2');
    client.send(get('3').slice(5));
    await Promise.all([stopped, client.ended]);
    assert.equal(client.answers, ['200 1', '200 2', '200 3 and close']);
  });

  test(`${name} answers requests that arrive before the stop, and begins none after it`, async () => {
    const { begun, go, handler } = gate();
    const server = await start(handler);
    const client = await Client.open(server.port, secure);
    client.send(get('1') + get('2'));
    await until(() => begun.length === 2);
    const stopped = server.stop();
    await someTurns();
    client.send(get('3') + get('4'));
    await someTurns();
    go.set();
    client.send(get('5'));
    await Promise.all([stopped, client.ended]);
    assert.equal(client.answers, ['200 1', '200 2 and close']);
    assert.equal(begun, ['1', '2']);
  });

  test(`${name} serves connections that had reached the kernel by the stop`, async () => {
    const { begun, go, handler } = gate();
    go.set();
    const server = await start(handler);
    const client = await Client.open(server.port, secure);
    client.send(get('0'));
    await client.has('\r\n0');
    client.send(get('1') + get('2'));
    await Promise.all([server.stop(), client.ended]);
    assert.equal(
      client.answers.map((answer) => answer.replace(' and close', '')),
      ['200 0', '200 1', '200 2'],
    );
    assert.equal(begun, ['0', '1', '2']);
  });

  test(`${name} closes idle connections at once, also while others are served`, async () => {
    const { begun, go, handler } = gate();
    const server = await start(handler);
    const fresh = await Client.open(server.port, secure);
    const used = await Client.open(server.port, secure);
    go.set();
    used.send(get('0'));
    await used.has('\r\n0');
    go.clear();
    const busy = await Client.open(server.port, secure);
    busy.send(get('1'));
    await until(() => begun.length === 2);
    const stopped = server.stop();
    await Promise.all([fresh.ended, used.ended]);
    assert.is(busy.text, '');
    go.set();
    await Promise.all([stopped, busy.ended]);
    assert.equal(busy.answers, ['200 1 and close']);
  });

  test(`${name} closes a connection despite the keep-alive headers of its answer`, async () => {
    const go = new Event();
    const server = await start(function* (_request, response) {
      response.setHeader('content-length', 2).flushHeaders();
      yield* go.wait();
      response.end('ok');
    });
    const client = await Client.open(server.port, secure);
    client.send(get('1'));
    await client.has('\r\n\r\n');
    const stopped = server.stop();
    await someTurns();
    go.set();
    await Promise.all([stopped, client.ended]);
    assert.equal(client.answers, ['200 ok']);
  });

  test(`${name} delivers an answer to a client that continues to send`, async () => {
    const size = 8 * 1024 * 1024;
    const go = new Event();
    const begun: string[] = [];
    const server = await start(function* (request, response) {
      begun.push(request.url ?? '');
      yield* go.wait();
      response.setHeader('content-length', size).end(Buffer.alloc(size, 'x'));
    });
    const client = await Client.open(server.port, secure);
    client.stream.pause();
    client.send(get('1'));
    await until(() => begun.length === 1);
    const stopped = server.stop();
    await someTurns();
    client.send(get('2').repeat(20));
    go.set();
    await someTurns();
    client.stream.resume();
    await client.has('x');
    client.send(get('3').repeat(20));
    await Promise.all([stopped, client.ended]);
    assert.is(client.text.length, client.text.indexOf('\r\n\r\n') + 4 + size);
    assert.equal(begun, ['/1']);
  });

  test(`${name} answers each killed request of a pipeline with 503 when the time of the stop is up`, async () => {
    const { begun, handler } = gate();
    const server = await start(handler);
    const client = await Client.open(server.port, secure);
    client.send(get('1') + get('2') + get('3'));
    await until(() => begun.length === 3);
    await server.stop(0);
    await client.ended;
    const refusal = '503 Service Unavailable';
    assert.equal(client.answers, [refusal, refusal, `${refusal} and close`]);
  });

  test(`${name} waits for the rest of a head no longer than the timeout of the stop`, async () => {
    const { begun, handler } = gate();
    const server = await start(handler);
    const client = await Client.open(server.port, secure);
    client.send(get('1').slice(0, 9));
    await someTurns();
    await server.stop(1);
    await client.ended;
    assert.is(client.text, '');
    assert.equal(begun, []);
  });

  test(`${name} is done with half a head when its client goes away`, async () => {
    const { handler } = gate();
    const server = await start(handler);
    const client = await Client.open(server.port, secure);
    client.send(get('1').slice(0, 9));
    await someTurns();
    const stopped = server.stop();
    await someTurns();
    client.stream.destroy();
    await stopped;
  });

  test(`${name} answers each request of a pipeline after one that fails`, async ({ reported }) => {
    const { begun, go, handler } = gate();
    const server = await start(function* (request, response) {
      yield* handler(request, response) as Coroutine<void>;
      if (request.url === '/2') throw new Error('of request 2');
    });
    const client = await Client.open(server.port, secure);
    client.send(get('1') + get('2') + get('3'));
    await until(() => begun.length === 3);
    const stopped = server.stop();
    await someTurns();
    go.set();
    await Promise.all([stopped, client.ended]);
    assert.equal(client.answers, ['200 1', '200 2', '200 3 and close']);
    assert.equal(
      reported.splice(0).map(({ error }) => (error as Error).message),
      ['of request 2'],
    );
  });

  test(`${name} cuts off a half-sent answer after the timeout of the stop, so that the client notices`, async () => {
    const server = await start(function* (_request, response) {
      response.setHeader('content-length', 10);
      yield* response.sendall('half');
      yield* sleep(Infinity);
    });
    const client = await Client.open(server.port, secure);
    client.send(get('1'));
    await client.has('half');
    await server.stop(0);
    await client.ended;
    assert.ok(client.text.endsWith('half'));
  });

  test(`${name} is stopped by the shorter of two time limits`, async () => {
    const { begun, handler } = gate();
    const server = await start(handler);
    const client = await Client.open(server.port, secure);
    client.send(get('1'));
    await until(() => begun.length === 1);
    const patient = server.stop();
    await server.stop(0);
    await Promise.all([patient, client.ended]);
    assert.equal(client.answers, ['503 Service Unavailable and close']);
  });

  test(`${name} answers a request that comes in the turn of the stop, or does not begin it`, async () => {
    for (let turns = 0; turns < 10; turns += 1) {
      const { begun, go, handler } = gate();
      go.set();
      const server = await start(handler);
      const clients = await Promise.all(Array.from({ length: 4 }, () => Client.open(server.port, secure)));
      for (const client of clients) {
        client.send(get('0'));
        await client.has('\r\n0');
      }
      const stopped = server.stop();
      for (let count = 0; count < turns; count += 1) await turn();
      for (const client of clients) client.send(get('1') + get('2'));
      await Promise.all([stopped, ...clients.map(({ ended }) => ended)]);
      const answered = clients.flatMap(({ answers }) => answers.map((answer) => answer.split(' ')[1]));
      assert.equal(answered.sort(), begun.sort());
    }
  });

  for (const seed of [1, 2, 3, 4]) {
    test(`${name} that is stopped under load answers every request that it has begun (seed ${seed})`, async () => {
      const random = new Random(seed);
      const begun: string[] = [];
      const server = await start(function* answer(request, response) {
        const path = (request.url ?? '').slice(1);
        begun.push(path);
        for (let count = random.int(0, 3); count > 0; count -= 1) yield* sleep(0);
        response.setHeader('content-length', path.length).end(path);
      });
      const clients = await Promise.all(Array.from({ length: 10 }, () => Client.open(server.port, secure)));
      const stopAt = random.int(50, 400);
      let stopped: Promise<void> | undefined;
      let sent = 0;
      await Promise.all(
        clients.map(async (client, id) => {
          for (let batch = 0; !client.stream.destroyed; batch += 1) {
            const size = random.int(1, 8);
            const paths = Array.from({ length: size }, (_, n) => `${id}-${batch}-${n}.`);
            client.send(paths.map(get).join(''));
            sent += size;
            if (sent >= stopAt) stopped ??= server.stop();
            await client.has(paths.at(-1) as string);
          }
        }),
      );
      await stopped;
      const answered = clients.flatMap(({ answers }) => answers.map((answer) => answer.split(' ')[1]));
      assert.ok(begun.length > 0);
      assert.equal(answered.sort(), begun.sort());
    });
  }
}

test('an HttpServer that is stopped answers pipelined requests in line for the pool with 503, each in its turn', async () => {
  const { begun, go, handler } = gate();
  const server = new HttpServer(LOOPBACK, handler, { pool: 1 });
  await server.start();
  const client = await Client.open(server.port as number, false);
  client.send(get('1') + get('2') + get('3'));
  await until(() => server.size === 3);
  const stopped = server.stop();
  await someTurns();
  go.set();
  await Promise.all([stopped, client.ended]);
  const refusal = '503 Service Unavailable';
  assert.equal(client.answers, ['200 1', refusal, `${refusal} and close`]);
  assert.equal(begun, ['1']);
});

test('a request behind an answer that closes its connection does not begin', async () => {
  const { begun, go, handler } = gate();
  const server = new HttpServer(LOOPBACK, handler, { pool: 1, backlog: 0 });
  await server.start();
  const client = await Client.open(server.port as number, false);
  client.send(get('1') + get('2'));
  await until(() => server.size === 1);
  await someTurns();
  go.set();
  // The second was refused, and its answer waits for the first. Anything that arrives now is too late.
  client.send(get('3'));
  await client.ended;
  assert.equal(client.answers, ['200 1', '503 Service Unavailable and close']);
  assert.equal(begun, ['1']);
  await server.stop();
});

/** Ways to serve connections. */
const streamKinds: { name: string; secure: boolean; start(handler: (socket: Socket) => unknown): Promise<Running> }[] =
  [false, true].flatMap((secure) => {
    const over = secure ? 'TLS' : 'TCP';
    return [
      {
        name: `StreamServer over ${over}`,
        secure,
        async start(handler) {
          const server = new StreamServer(LOOPBACK, handler, secure ? { tls } : {});
          await server.start();
          return {
            port: server.port as number,
            stop: async (timeout?: number) => void (await server.stop({ timeout })),
          };
        },
      },
      {
        name: `patched createServer(function*) over ${over}`,
        secure,
        start(handler) {
          patchAll();
          const serve = function* (stream: Stream): Coroutine<void> {
            yield* handler(new Socket(stream)) as Coroutine<void>;
          };
          return startNodes(secure ? createTlsServer(tls, serve as never) : createServer(serve as never));
        },
      },
    ];
  });

for (const { name, secure, start } of streamKinds) {
  test(`${name} lets each handler that has begun answer`, async () => {
    const go = new Event();
    let begun = 0;
    const server = await start(function* shout(socket) {
      const line = yield* socket.readLine();
      begun += 1;
      yield* go.wait();
      yield* socket.sendall(`${line} ${yield* socket.readLine()}\n`);
    });
    const clients = await Promise.all(Array.from({ length: 5 }, () => Client.open(server.port, secure)));
    for (const [id, client] of clients.entries()) client.send(`hello\n${id}`);
    await until(() => begun === 5);
    const stopped = server.stop();
    await someTurns();
    go.set();
    for (const client of clients) client.send(' again\n');
    await Promise.all([stopped, ...clients.map(({ ended }) => ended)]);
    assert.equal(
      clients.map(({ text }) => text),
      clients.map((_, id) => `hello ${id} again\n`),
    );
  });
}

test('a StreamServer serves a connection that had reached the kernel by the stop', async () => {
  const server = new StreamServer(LOOPBACK, function* hello(socket) {
    yield* socket.sendall('hello\n');
  });
  await server.start();
  const client = new Client(netConnect({ port: server.port as number, host: '127.0.0.1' }));
  // By then the kernel has made the connection, whether or not it was accepted.
  await once(client.stream, 'connect');
  const stopped = server.stop();
  assert.is(server.address, null);
  await client.ended;
  await stopped;
  assert.is(client.text, 'hello\n');
});

test.run();
