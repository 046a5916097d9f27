import { once } from 'node:events';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import https from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import * as assert from 'uvu/assert';
import { Event, forEach, GreenletExit, sleep, spawn, until, withTimeout } from '../../lib/index.ts';
import { LimitExceededError } from '../../lib/net/index.ts';
import { cert, key } from '../net/certificate.ts';
import { failureOf } from '../support/failure.ts';
import { letTheHubGather } from '../support/gathering.ts';
import { type Context, suite } from '../support/harness.ts';
import { patching } from '../support/patched.ts';
import { reportsMade } from '../support/reports.ts';

const all = suite('patched HTTP');
const test = patching(all);

const HOST = '127.0.0.1';

/** Runs a test in a greenlet with a server. Nothing of it may be left at the end. */
function serving(
  name: string,
  make: () => http.Server,
  body: (where: { port: number; host: string; agent: http.Agent }, context: Context) => Generator,
): void {
  test(name, async (context) => {
    const server = make();
    await new Promise<void>((resolve) => server.listen(0, HOST, resolve));
    const agent = new http.Agent({ keepAlive: true });
    try {
      await spawn(() => body({ port: (server.address() as AddressInfo).port, host: HOST, agent }, context));
    } finally {
      agent.destroy();
      const gone = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await gone;
      await turn();
    }
  });
}

function* echo(request: IncomingMessage, response: ServerResponse) {
  response.setHeader('content-type', 'text/plain');
  for (let data = yield* request.recv(); data.length > 0; data = yield* request.recv()) {
    yield* response.sendall(data);
  }
}

serving(
  'a generator listener is a greenlet for each request, whose end ends the response',
  () => http.createServer(echo),
  function* (where) {
    const request = http.request({ ...where, method: 'POST' });
    yield* request.sendall('some ');
    request.end('body');
    const answer = yield* request;
    assert.is(answer.statusCode, 200);
    assert.is(yield* answer.text(), 'some body');
  },
);

serving(
  'http.get() waits for the answer, over a connection that is kept, too',
  () => http.createServer((request, response) => void response.end(JSON.stringify({ path: request.url }))),
  function* (where) {
    const ports = new Set<number | undefined>();
    for (const path of ['/a', '/b']) {
      const answer = yield* http.get({ ...where, path });
      ports.add(answer.socket.localPort);
      assert.equal(yield* answer.json(), { path });
      yield* sleep(0);
    }
    assert.is(ports.size, 1);
  },
);

serving(
  'https, too',
  () => https.createServer({ cert, key }, echo),
  function* ({ port }) {
    const answer = yield* https.get({ port, host: HOST, ca: cert, servername: 'greenhub.test', agent: false });
    assert.is(yield* answer.text(), '');
  },
);

{
  // What was read ahead can be put back only before the end has arrived.
  const refused = new Event();
  serving(
    'the body is read line by line, within a limit, or by forEach()',
    () =>
      http.createServer(function* (request, response) {
        assert.is(yield* request.readLine(), 'first');
        const error = yield* failureOf(request.readLine({ limit: 3 }));
        assert.instance(error, LimitExceededError);
        refused.set();
        const rest: string[] = [];
        yield* forEach(request, (chunk: Buffer) => void rest.push(String(chunk)));
        response.end(rest.join(''));
      }),
    function* (where) {
      const request = http.request({ ...where, method: 'POST' });
      request.write('first\nsecond ');
      yield* refused.wait();
      request.end('and third');
      assert.is(yield* (yield* request).text(), 'second and third');
    },
  );
}

serving(
  'the body of an answer that comes before everything was sent is kept',
  () => http.createServer((_, response) => void response.end('too much')),
  function* (where) {
    const request = http.request({ ...where, method: 'POST' });
    yield* request.sendall('first');
    while (!Reflect.get(request, 'res')) yield* until(turn());
    for (let turns = 0; turns < 3; turns += 1) yield* until(turn());
    request.end('second');
    const answer = yield* request;
    assert.is(yield* answer.text(), 'too much');
  },
);

{
  let begun = new Event();
  let cause: unknown;
  let ended = new Event();
  serving(
    'a handler whose client disconnects is killed',
    () =>
      http.createServer(function* () {
        begun.set();
        try {
          yield* sleep(1_000_000);
        } catch (error) {
          cause = error;
          throw error;
        } finally {
          ended.set();
        }
      }),
    function* (where) {
      begun = new Event();
      ended = new Event();
      const client = spawn(function* () {
        yield* http.get(where);
      });
      yield* begun.wait();
      yield* client.kill();
      yield* ended.wait();
      assert.instance(cause, GreenletExit);
    },
  );
}

{
  let closed = new Event();
  serving(
    'a greenlet that is killed with an answer half read frees the connection',
    () =>
      http.createServer((_request, response) => {
        response.write('half');
        response.on('close', () => closed.set());
      }),
    function* (where) {
      closed = new Event();
      const [half, begun] = [new Event(), new Event()];
      const client = spawn(function* () {
        const answer = yield* http.get(where);
        yield* answer.recv();
        half.set();
        yield* answer.recv();
      });
      const other = spawn(function* () {
        yield* http.get(where);
        begun.set();
        yield* sleep(1_000_000);
      });
      yield* half.wait();
      yield* begun.wait();
      client.kill();
      yield* closed.wait();
      closed.clear();
      other.kill();
      yield* closed.wait();
    },
  );
}

serving(
  'withTimeout() around a request that is not answered destroys it',
  () => http.createServer(() => {}),
  function* (where) {
    let request: http.ClientRequest | undefined;
    const value = yield* withTimeout(
      20,
      function* () {
        request = http.get(where);
        yield* request;
      },
      { timeoutValue: 'late' },
    );
    assert.is(value, 'late');
    assert.is(request?.destroyed, true);
  },
);

serving(
  'the error of a handler is answered with 500, and reported once',
  () =>
    http.createServer(function* () {
      yield* sleep(0);
      throw new Error('handler failed');
    }),
  function* (where, context) {
    const answer = yield* http.get(where);
    assert.is(answer.statusCode, 500);
    assert.is(answer.headers.connection, 'close');
    yield* answer.text();
    yield* until(reportsMade());
    assert.equal(
      context.reported.splice(0).map(({ error }) => (error as Error).message),
      ['handler failed'],
    );
  },
);

serving(
  'a connection that is refused is an error of the greenlet',
  () => http.createServer(),
  function* () {
    const error = (yield* failureOf(
      spawn(function* () {
        yield* http.get({ port: 1, host: HOST });
      }),
    )) as NodeJS.ErrnoException;
    assert.is(error.code, 'ECONNREFUSED');
  },
);

serving(
  'CONNECT and upgrades are greenlets that own the connection',
  () =>
    http.createServer().on('connect', function* (_request, stream) {
      const socket = stream as Socket;
      yield* socket.sendall('HTTP/1.1 200 Connection Established\r\n\r\n');
      for (let line = yield* socket.readLine(); line !== null; line = yield* socket.readLine()) {
        yield* socket.sendall(`${line}!\n`);
      }
    }),
  function* (where) {
    const answer = yield* http.request({ ...where, agent: false, method: 'CONNECT', path: 'other:1' }).end();
    assert.is(answer.statusCode, 200);
    yield* answer.socket.sendall('through\n');
    assert.is(yield* answer.socket.readLine(), 'through!');
    answer.socket.destroy();
  },
);

serving(
  'the connection of a CONNECT that is reset is no uncaught error',
  () =>
    http.createServer().on('connect', (_request, socket) => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      socket.once('data', () => (socket as Socket).resetAndDestroy());
    }),
  function* (where) {
    const { socket } = yield* http.request({ ...where, agent: false, method: 'CONNECT', path: 'other:1' }).end();
    const closed = new Event();
    socket.on('close', () => closed.set());
    socket.resume().write('x');
    yield* closed.wait();
    assert.is((socket.errored as NodeJS.ErrnoException).code, 'ECONNRESET');
  },
);

serving(
  'under load, the waiter for an answer still continues at once, because the program may listen to later events',
  () => http.createServer((_, response) => response.end('answer')),
  function* ({ agent, host, port }) {
    const order: string[] = [];
    const asked = http.request({ agent, host, port });
    asked.once('response', async () => {
      for (let hops = 0; hops < 10; hops += 1) await null;
      order.push('microtasks');
    });
    yield* letTheHubGather();
    asked.end();

    const answer = yield* asked;
    order.push('greenlet');
    yield* answer.text();

    assert.equal(order, ['greenlet', 'microtasks']);
  },
);

all.run();
