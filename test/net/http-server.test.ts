import { PassThrough } from 'node:stream';
import * as assert from 'uvu/assert';
import { type Coroutine, Event, forEach, GreenletError, Pool, sleep, spawn } from '../../lib/index.ts';
import {
  ConcurrentUseError,
  connect,
  type HttpHandler,
  HttpServer,
  type HttpServerOptions,
  LimitExceededError,
  PrematureEndError,
  request,
  type Socket,
} from '../../lib/net/index.ts';
import { waitAllBlocked } from '../../lib/testing/index.ts';
import { failureOf, thrownBy } from '../support/failure.ts';
import { type Context, suite } from '../support/harness.ts';
import { outcomeOf } from '../support/outcome.ts';
import { undici } from '../support/undici.ts';
import { cert, key } from './certificate.ts';
import { closed, LOOPBACK } from './pairs.ts';

const test = suite('HttpServer');

interface Visit {
  readonly server: HttpServer;
  readonly url: string;
  /** A bare connection, so that a test can send any bytes. */
  connect(): Promise<Socket>;
}

/** Runs a body against a server and stops the server at its end. */
async function serving(
  handler: HttpHandler,
  body: (visit: Visit) => Promise<void>,
  options: HttpServerOptions = {},
): Promise<void> {
  const server = new HttpServer(LOOPBACK, handler, options);
  await server.start();
  const sockets: Socket[] = [];
  try {
    await body({
      server,
      url: `http://127.0.0.1:${server.port}/`,
      async connect() {
        const socket = await connect(server.port ?? 0, '127.0.0.1');
        sockets.push(socket);
        return socket;
      },
    });
  } finally {
    for (const socket of sockets) await closed(socket);
    await server.stop({ timeout: 0 });
  }
}

async function textOf(url: string, options?: Parameters<typeof request>[1]): Promise<string> {
  const { statusCode, body } = await request(url, options);
  return `${statusCode} ${await body.text()}`;
}

/** Waits until the hub rests and a condition holds. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await waitAllBlocked();
}

/** The reported errors, which the test expects. */
function taken({ reported }: Context): string[] {
  return reported
    .splice(0)
    .map(({ greenlet, error }) => `${greenlet.name.replace(/\d+/, 'n')}: ${(error as Error).message}`);
}

function* hello(_request: unknown, response: { end(text: string): unknown }): Coroutine<void> {
  yield* sleep(0);
  response.end('hello');
}

test('each request has a greenlet of its own, and its connection is kept', () =>
  serving(
    function* greet(asked, response) {
      response.end(`hello ${yield* asked.text()} by ${asked.method} at ${asked.url}`);
    },
    async ({ url, server }) => {
      const answers = await Promise.all([
        textOf(`${url}a`, { method: 'POST', body: 'one' }),
        textOf(`${url}b`, { method: 'PUT', body: 'two' }),
      ]);
      assert.equal(answers, ['200 hello one by POST at /a', '200 hello two by PUT at /b']);
      await until(() => server.size === 0);
    },
  ));

test('a plain function and an async one serve as well', async () => {
  await serving(
    (_, response) => response.end('plain'),
    async ({ url }) => assert.is(await textOf(url), '200 plain'),
  );
  await serving(
    async (asked, response) => {
      response.end(await asked.text());
    },
    async ({ url }) => assert.is(await textOf(url, { body: 'async' }), '200 async'),
  );
});

const BODY = 'first line\nsecond line\r\nthe rest';

for (const [reader, read, expected] of [
  ['recv()', (asked) => asked.recv(1), 'f'],
  ['recvExactly()', (asked) => asked.recvExactly(10), 'first line'],
  ['readUntil()', (asked) => asked.readUntil('second'), 'first line\nsecond'],
  ['readLine()', (asked) => asked.readLine(), 'first line'],
  ['text()', (asked) => asked.text(), BODY],
  ['bytes()', (asked) => asked.bytes(), BODY],
] as [string, (asked: Parameters<HttpHandler>[0]) => ReturnType<Parameters<HttpHandler>[0]['recv']>, string][]) {
  test(`${reader} reads a body, however it comes`, () =>
    serving(
      function* (asked, response) {
        response.end(Buffer.from((yield* read(asked)) as Uint8Array).toString());
      },
      async ({ url }) => {
        for (const body of [BODY, PassThrough.from([...BODY].map((letter) => Buffer.from(letter)))]) {
          assert.is(await textOf(url, { method: 'POST', body }), `200 ${expected}`);
        }
      },
    ));
}

test('reads follow each other, and the next gets what a cancelled one did not take', () =>
  serving(
    function* (asked, response) {
      const parts: (string | null)[] = [yield* asked.readLine()];
      const { error } = yield* outcomeOf(asked.text({ timeout: 5 }));
      parts.push((error as Error).name);
      response.writeProcessing();
      parts.push(yield* asked.text());
      parts.push(yield* asked.readLine());
      response.end(JSON.stringify(parts));
    },
    async ({ url }) => {
      const body = new PassThrough();
      body.write('first\nhalf');
      const answer = await spawn(function* () {
        const response = yield* request(url, { method: 'POST', body, onInfo: () => body.end(' a line') });
        return yield* response.body.json();
      });
      assert.equal(answer, ['first', 'Timeout', 'half a line', null]);
    },
  ));

test('json() parses, and forEach() goes through the pieces', () =>
  serving(
    function* (asked, response) {
      if (asked.url === '/json') {
        const { a } = yield* asked.json<{ a: number }>();
        response.end(String(a));
        return;
      }
      let length = 0;
      yield* forEach(asked, (piece: Buffer) => {
        length += piece.length;
      });
      response.end(String(length));
    },
    async ({ url }) => {
      assert.is(await textOf(`${url}json`, { body: '{"a":1}' }), '200 1');
      assert.is(await textOf(url, { body: Buffer.alloc(300_000) }), '200 300000');
    },
  ));

test('a body over its limit throws, and the handler may answer', () =>
  serving(
    function* (asked, response) {
      const { error } = yield* outcomeOf(asked.text({ limit: 1_000 }));
      response.writeHead(error instanceof LimitExceededError ? 413 : 200).end(String((error as Error)?.name));
    },
    async ({ url }) => {
      assert.is(await textOf(url, { body: Buffer.alloc(1_000) }), '200 undefined');
      assert.is(await textOf(url, { body: Buffer.alloc(1_001) }), '413 LimitExceededError');
      assert.is(await textOf(url, { body: Buffer.alloc(500_000) }), '413 LimitExceededError');
    },
  ));

test('a body that a handler leaves unread does not block the next request of the connection', () =>
  serving(
    function* (asked, response) {
      if (asked.url === '/some') yield* asked.recv(1);
      if (asked.url === '/line') yield* asked.readLine();
      response.end(asked.url);
    },
    async ({ connect: open }) => {
      const socket = await open();
      const body = Buffer.alloc(500_000, '\n');
      for (const path of ['/none', '/some', '/line', '/some']) {
        await socket.sendall(`POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-length: ${body.length}\r\n\r\n`);
        await socket.sendall(body);
        assert.match((await socket.readUntil('\r\n\r\n')).toString(), '200 OK');
        assert.is((await socket.recvExactly(5)).toString(), path);
      }
    },
  ));

test('two greenlets that read one body get a clear error', () =>
  serving(
    function* (asked, response) {
      const first = spawn(() => asked.text());
      yield* sleep(0);
      const { error } = yield* outcomeOf(asked.text());
      response.writeProcessing();
      response.end(`${error instanceof ConcurrentUseError} ${yield* first}`);
    },
    async ({ url }) => {
      const body = new PassThrough();
      body.write('all ');
      assert.is(await textOf(url, { method: 'POST', body, onInfo: () => body.end('of it') }), '200 true all of it');
    },
  ));

test('sendall() sends headers and body, and is held up by a client that does not read', () =>
  serving(
    function* (_, response) {
      for (let count = 0; count < 64; count += 1) {
        sent += 1;
        yield* response.sendall(Buffer.alloc(1024 * 1024, 'x'));
      }
    },
    async ({ url }) => {
      const { body } = await request(url);
      for (let turns = 0; turns < 50; turns += 1) await waitAllBlocked();
      assert.ok(sent < 40, `${sent} MiB were sent to who does not read`);
      let length = 0;
      for await (const piece of body) length += piece.length;
      assert.is(length, 64 * 1024 * 1024);
    },
  ));
let sent = 0;

test('a response that was not ended is, when its handler has ended', () =>
  serving(
    function* (asked, response) {
      if (asked.url === '/nothing') return;
      if (asked.url === '/head') response.writeHead(204);
      else yield* response.sendall('sent');
    },
    async ({ url }) => {
      assert.is(await textOf(`${url}nothing`), '200 ');
      assert.is(await textOf(`${url}head`), '204 ');
      assert.is(await textOf(`${url}sent`), '200 sent');
    },
  ));

test('a response that something is piped into is left alone', () => {
  const source = new PassThrough();
  return serving(
    (_, response) => {
      source.pipe(response);
    },
    async ({ url, server }) => {
      source.write('piped ');
      const { body } = await request(url);
      assert.is(String((await body.next()).value), 'piped ');
      source.end('and ended');
      assert.is(await body.next().then(({ value }) => String(value)), 'and ended');
      assert.is((await body.next()).done, true);
      await until(() => server.size === 0);
    },
  );
});

test('the error of a handler is reported once, and answered with 500 and the end of the connection', (context) =>
  serving(
    function* fails(_, response) {
      yield* sleep(0);
      response.setHeader('x-half', 'done');
      response.statusMessage = 'Fine';
      throw new Error('a bug');
    },
    async ({ url }) => {
      const { statusCode, statusText, headers, body } = await request(url);
      assert.is(await body.text(), 'Internal Server Error\n');
      assert.equal([statusCode, statusText], [500, 'Internal Server Error']);
      assert.equal([headers.connection, headers['x-half']], ['close', undefined]);
      await until(() => context.reported.length > 0);
      assert.equal(taken(context), ['fails-n: a bug']);
    },
  ));

test('where headers were sent before, the connection is cut', (context) =>
  serving(
    function* fails(_, response) {
      yield* response.sendall('half');
      throw new Error('a bug');
    },
    async ({ url }) => {
      const { body } = await request(url);
      assert.is(((await failureOf(body.text())) as NodeJS.ErrnoException).code, 'UND_ERR_SOCKET');
      await until(() => context.reported.length > 0);
      assert.equal(taken(context), ['fails-n: a bug']);
    },
  ));

test('an error after the end is reported, and the client has its answer', (context) =>
  serving(
    function* late(_, response) {
      response.end('done');
      yield* sleep(0);
      throw new Error('too late to tell');
    },
    async ({ url }) => {
      assert.is(await textOf(url), '200 done');
      await until(() => context.reported.length > 0);
      assert.equal(taken(context), ['late-n: too late to tell']);
    },
  ));

for (const [what, handler] of [
  ['sleeps', () => sleep(Infinity)],
  ['reads', (asked) => asked.text()],
  ['goes through the pieces', (asked) => forEach(asked, () => {})],
  [
    'sends',
    function* (_asked, response) {
      for (;;) yield* response.sendall(Buffer.alloc(1024 * 1024));
    },
  ],
] as [string, HttpHandler][]) {
  test(`a handler that ${what} is killed when its client disconnects, and that is not a failure`, () => {
    let raised: unknown;
    const begun = new Event();
    const ended = new Event();
    return serving(
      function* waits(asked, response) {
        begun.set();
        try {
          const result = handler(asked, response) as ReturnType<typeof sleep>;
          yield* result;
        } catch (error) {
          raised = error;
          yield* outcomeOf(sleep(0));
          throw error;
        } finally {
          ended.set();
        }
      },
      async ({ server, connect: open }) => {
        const socket = await open();
        await socket.sendall('POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\nhalf');
        await begun.wait();
        await waitAllBlocked();
        socket.stream.resetAndDestroy();
        await ended.wait();
        assert.instance(raised, Error);
        await until(() => server.size === 0);
      },
    );
  });
}

test('keep-alive, pipelining and HEAD work as Node has them', () => {
  const go = new Event();
  return serving(
    function* (asked, response) {
      if (asked.url === '/1') yield* go.wait();
      else go.set();
      response.setHeader('content-length', 2);
      response.end(asked.url);
    },
    async ({ connect: open }) => {
      const socket = await open();
      await socket.sendall(
        'GET /1 HTTP/1.1\r\nhost: x\r\n\r\nHEAD /2 HTTP/1.1\r\nhost: x\r\n\r\nGET /3 HTTP/1.1\r\nhost: x\r\n\r\n',
      );
      const answer = (await socket.readUntil('/3')).toString();
      assert.equal(answer.match(/\r\n\r\n(?:\/\d)?/g), ['\r\n\r\n/1', '\r\n\r\n', '\r\n\r\n/3']);
      await socket.sendall('GET /4 HTTP/1.1\r\nhost: x\r\n\r\n');
      await socket.readUntil('/4');
    },
  );
});

test('requests that wait in a pipeline are killed with their connection', () => {
  const killed: (string | undefined)[] = [];
  return serving(
    function* (asked) {
      try {
        yield* sleep(Infinity);
      } finally {
        killed.push(asked.url);
      }
    },
    async ({ server, connect: open }) => {
      const socket = await open();
      await socket.sendall('GET /1 HTTP/1.1\r\nhost: x\r\n\r\nGET /2 HTTP/1.1\r\nhost: x\r\n\r\n');
      await until(() => server.size === 2);
      await waitAllBlocked();
      socket.stream.resetAndDestroy();
      await until(() => server.size === 0);
      assert.equal(killed.sort(), ['/1', '/2']);
    },
  );
});

test('a client that expects 100-continue gets it, and then its answer', () =>
  serving(
    function* (asked, response) {
      response.end(yield* asked.text());
    },
    async ({ connect: open }) => {
      const socket = await open();
      await socket.sendall('POST / HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 4\r\n\r\n');
      assert.is(await socket.readLine(), 'HTTP/1.1 100 Continue');
      await socket.sendall('body');
      await socket.readUntil('body');
    },
  ));

test('data that is not HTTP is answered with 400', () =>
  serving(hello, async ({ connect: open }) => {
    const socket = await open();
    await socket.sendall('no HTTP at all\r\n\r\n');
    assert.match((await socket.readLine()) ?? '', 'HTTP/1.1 400');
  }));

test('it serves https', () => {
  const dispatcher = new undici.Agent({ connect: { ca: cert, servername: 'greenhub.test' } });
  return serving(
    hello,
    async ({ server }) => {
      assert.is(await textOf(`https://127.0.0.1:${server.port}/`, { dispatcher }), '200 hello');
      const stopped = server.stop();
      await stopped;
      await dispatcher.destroy();
    },
    { tls: { cert, key } },
  );
});

/** A handler that waits until the test releases it, and records the clients that it has served. */
function gate() {
  const served: (string | undefined)[] = [];
  const go = new Event();
  function* waits(asked: { url?: string | undefined }, response: { end(text: string): unknown }): Coroutine<void> {
    served.push(asked.url);
    yield* go.wait();
    response.end('done');
  }
  return { served, go, waits: waits as HttpHandler };
}

test('while the pool is full, requests wait in order, and when the line is full, further ones get 503', () => {
  const { served, go, waits } = gate();
  return serving(
    waits,
    async ({ url, server }) => {
      const answers: Promise<string>[] = [];
      for (const path of ['1', '2', '3']) {
        answers.push(textOf(url + path));
        await until(() => server.size === answers.length);
      }
      const { statusCode, headers, body } = await request(`${url}4`);
      assert.equal([statusCode, headers.connection], [503, 'close']);
      await body.dump();
      assert.equal(served, ['/1']);
      go.set();
      assert.equal(await Promise.all(answers), ['200 done', '200 done', '200 done']);
      assert.equal(served, ['/1', '/2', '/3']);
    },
    { pool: new Pool(1), backlog: 2 },
  );
});

test('a client that leaves the line is not served', () => {
  const { served, go, waits } = gate();
  return serving(
    waits,
    async ({ url, server }) => {
      const first = textOf(`${url}1`);
      await until(() => server.size === 1);
      const second = spawn(() => request(`${url}2`));
      await until(() => server.size === 2);
      await second.kill();
      await until(() => server.size === 1);
      go.set();
      assert.is(await first, '200 done');
      assert.equal(served, ['/1']);
    },
    { pool: 1 },
  );
});

test('stop() closes idle connections, refuses waiting ones, lets handlers finish and closes their connections', () => {
  const { go, waits } = gate();
  return serving(
    waits,
    async ({ url, server, connect: open }) => {
      const idle = await open();
      const waiting = spawn(() => request(`${url}1`));
      await until(() => server.size === 1);
      const second = spawn(() => textOf(`${url}2`));
      await until(() => server.size === 2);
      const stopped = spawn(() => server.stop());
      assert.is((await idle.recv()).length, 0);
      assert.is(await second, '503 Service Unavailable\n');
      assert.is(
        ((await failureOf(connect(Number(new URL(url).port), '127.0.0.1'))) as NodeJS.ErrnoException).code,
        'ECONNREFUSED',
      );
      assert.is(stopped.ready(), false);
      go.set();
      const { headers, body } = await waiting;
      assert.equal([headers.connection, await body.text()], ['close', 'done']);
      await stopped;
    },
    { pool: 1 },
  );
});

test('stop() waits until responses are sent, and closes connections despite keep-alive headers', () => {
  const go = new Event();
  const size = 32 * 1024 * 1024;
  return serving(
    function* (_, response) {
      response.writeHead(200, { 'content-length': size }).flushHeaders();
      yield* go.wait();
      response.end(Buffer.alloc(size));
    },
    async ({ url, server }) => {
      const { body } = await request(url);
      const stopped = spawn(() => server.stop());
      await waitAllBlocked();
      go.set();
      await waitAllBlocked();
      assert.is(stopped.ready(), false);
      assert.is((await body.bytes()).length, size);
      await stopped;
    },
  );
});

test('stop() cuts no response off that has been ended, and not been sent yet', () => {
  const size = 32 * 1024 * 1024;
  return serving(
    (_, response) => response.end(Buffer.alloc(size)),
    async ({ url, server }) => {
      const { body } = await request(url);
      await waitAllBlocked();
      const stopped = spawn(() => server.stop());
      await waitAllBlocked();
      assert.is(stopped.ready(), false);
      assert.is((await body.bytes()).length, size);
      await stopped;
    },
  );
});

test('stop() kills handlers that have not finished in time, and their clients get 503', () => {
  const { waits } = gate();
  return serving(waits, async ({ url, server }) => {
    const answer = textOf(url);
    await until(() => server.size === 1);
    await server.stop({ timeout: 5 });
    assert.is(await answer, '503 Service Unavailable\n');
    assert.is(server.size, 0);
  });
});

test('serveForever() stops the server when it is cancelled', async () => {
  const server = new HttpServer(LOOPBACK, hello);
  const serve = spawn(() => server.serveForever());
  await until(() => server.port !== undefined);
  assert.is(await textOf(`http://127.0.0.1:${server.port}/`), '200 hello');
  await serve.kill();
  assert.is(server.address, null);
});

test('invalid arguments are refused at once', async () => {
  assert.instance(
    thrownBy(() => new HttpServer(0, 'handler' as unknown as () => void)),
    TypeError,
  );
  assert.instance(
    thrownBy(() => new HttpServer(0, () => {}, { backlog: 0.5 })),
    RangeError,
  );
  assert.instance(
    thrownBy(() => new HttpServer(undefined, () => {}).start()),
    TypeError,
  );
  await serving(hello, async ({ server }) => {
    assert.instance(
      thrownBy(() => server.start()),
      GreenletError,
    );
  });
});

test('a read cut short by the end of the body throws PrematureEndError with the bytes that arrived', () =>
  serving(
    function* (asked, response) {
      const { error } = yield* outcomeOf(asked.recvExactly(10));
      response.end(`${error instanceof PrematureEndError} ${(error as PrematureEndError).partial}`);
    },
    async ({ url }) => assert.is(await textOf(url, { body: 'short' }), '200 true short'),
  ));

test('headers that Node refuses to send close the connection, are reported, and affect no other request', async (context) => {
  await serving(
    function* (request, response) {
      if (request.url === '/wrong') response.statusMessage = 'a\nb';
    },
    async ({ url }) => {
      const error = (await failureOf(request(`${url}wrong`))) as NodeJS.ErrnoException;
      assert.is(error.code, 'UND_ERR_SOCKET');
      const [reported] = context.reported.splice(0);
      assert.match(String(reported?.error), /Invalid character in statusMessage/);
      assert.is(await textOf(url), '200 ');
    },
  );
});

test('data that sendall() cannot send is thrown at its greenlet, whether it has to wait or not', async () => {
  const codes = new Set<unknown>();
  await serving(
    function* (_request, response) {
      response.statusCode = 1_000;
      codes.add(((yield* outcomeOf(response.sendall('x'))).error as NodeJS.ErrnoException).code);
      response.statusCode = 200;
    },
    async ({ url }) => {
      // One in sixteen goes through the run queue.
      for (let count = 0; count < 34; count += 1) assert.is(await textOf(url), '200 ');
    },
  );
  assert.equal([...codes], ['ERR_HTTP_INVALID_STATUS_CODE']);
});

test.run();
