import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PassThrough } from 'node:stream';
import * as assert from 'uvu/assert';
import { type Coroutine, Event, Pool, sleep } from '../../lib/index.ts';
import { text } from '../../lib/net/body.ts';
import { type RequestService, serveRequest } from '../../lib/net/http-service.ts';
import { connect, request } from '../../lib/net/index.ts';
import { waitAllBlocked } from '../../lib/testing/index.ts';
import { failureOf } from '../support/failure.ts';
import { suite } from '../support/harness.ts';
import { closed } from './pairs.ts';

const test = suite('serveRequest');

type Listener = (request: IncomingMessage, response: ServerResponse) => void;

/** Runs a body against a bare server of Node. */
async function listening(listener: Listener, body: (port: number) => Promise<void>): Promise<void> {
  const server: Server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    await body((server.address() as AddressInfo).port);
  } finally {
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  }
}

async function textAt(port: number, body = ''): Promise<string> {
  const answer = await request(`http://127.0.0.1:${port}/`, { method: 'POST', body });
  return `${answer.statusCode} ${await answer.body.text()}`;
}

test("it serves a request of any of Node's servers, whose body can be read by operations", () =>
  listening(
    (asked, response) => {
      serveRequest(
        function* echo(): Coroutine<void> {
          response.write(yield* text(asked));
        },
        asked,
        response,
      );
    },
    async (port) => assert.is(await textAt(port, 'echo'), '200 echo'),
  ));

test('it reports when the handler has ended and the response has been sent', () => {
  const ended: RequestService[] = [];
  const go = new Event();
  let service: RequestService | undefined;
  return listening(
    (asked, response) => {
      service = serveRequest(
        function* late(): Coroutine<void> {
          response.end('early');
          yield* go.wait();
        },
        asked,
        response,
        { ended: (over) => ended.push(over) },
      );
    },
    async (port) => {
      assert.is(await textAt(port), '200 early');
      await waitAllBlocked();
      assert.equal(ended, []);
      go.set();
      await waitAllBlocked();
      assert.is(ended.length, 1);
      assert.is(ended[0], service);
    },
  );
});

test('a killed handler is answered with 503, or its connection is closed if headers were sent', () => {
  const services: RequestService[] = [];
  return listening(
    (asked, response) => {
      const waits = function* (): Coroutine<void> {
        if (asked.headers['content-length'] !== '0') response.write('half');
        yield* sleep(Infinity);
      };
      const service = serveRequest(waits, asked, response);
      if (service !== undefined) services.push(service);
    },
    async (port) => {
      const answers = [textAt(port), textAt(port, 'x')];
      while (services.length < 2) await waitAllBlocked();
      await waitAllBlocked();
      for (const { greenlet } of services) greenlet.kill();
      assert.is(await answers[0], '503 Service Unavailable\n');
      assert.is(((await failureOf(answers[1] as Promise<string>)) as NodeJS.ErrnoException).code, 'UND_ERR_SOCKET');
    },
  );
});

test('the handler of a request whose connection was destroyed does not begin', () => {
  let begun = 0;
  let service: RequestService | undefined;
  const over = new Event();
  return listening(
    (asked, response) => {
      asked.socket.destroy();
      service = serveRequest(
        () => {
          begun += 1;
        },
        asked,
        response,
      );
      over.set();
    },
    async (port) => {
      await failureOf(textAt(port));
      await over.wait();
      await waitAllBlocked();
      assert.is(service, undefined);
      assert.is(begun, 0);
    },
  );
});

test('a request in line for a pool is not read, and if its client leaves, the handler never runs', () => {
  const pool = new Pool(1);
  const go = new Event();
  let runs = 0;
  return listening(
    (asked, response) => {
      const handler = function* (): Coroutine<void> {
        runs += 1;
        yield* go.wait();
      };
      serveRequest(handler, asked, response, { pool });
    },
    async (port) => {
      const first = textAt(port);
      while (runs === 0) await waitAllBlocked();
      const socket = await connect(port, '127.0.0.1');
      await socket.sendall('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
      while (pool.size < 2) await waitAllBlocked();
      await closed(socket);
      while (pool.size > 1) await waitAllBlocked();
      go.set();
      assert.is(await first, '200 ');
      assert.is(runs, 1);
    },
  );
});

test('an error unrelated to the connection is reported even if the client has disconnected', ({ reported }) => {
  const begun = new Event();
  const handler = function* fails(): Coroutine<void> {
    begun.set();
    try {
      yield* sleep(Infinity);
    } finally {
      // biome-ignore lint/correctness/noUnsafeFinally: a handler whose cleanup fails
      throw new Error('a bug');
    }
  };
  return listening(
    (asked, response) => void serveRequest(handler, asked, response),
    async (port) => {
      const socket = await connect(port, '127.0.0.1');
      await socket.sendall('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
      await begun.wait();
      await closed(socket);
      while (reported.length === 0) await waitAllBlocked();
      assert.equal(
        reported.splice(0).map(({ error }) => (error as Error).message),
        ['a bug'],
      );
    },
  );
});

test('a response that another greenlet pipes into ends with the piped stream', () => {
  const source = new PassThrough();
  return listening(
    (asked, response) => void serveRequest(() => source.pipe(response), asked, response),
    async (port) => {
      const answer = textAt(port);
      await waitAllBlocked();
      source.end('piped');
      assert.is(await answer, '200 piped');
    },
  );
});

test.run();
