import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import * as assert from 'uvu/assert';
import { type Coroutine, Event, type Greenlet, GreenletExit, getcurrent, sleep } from '../../lib/index.ts';
import { handler } from '../../lib/net/index.ts';
import { failureOf, thrownBy } from '../support/failure.ts';
import { suite } from '../support/harness.ts';

const test = suite('handler()');

type Serve = (request: IncomingMessage, response: ServerResponse) => unknown;

/** Runs a body with a bare connection to a server of Node that calls `serve` for each request. */
async function serving(serve: Serve, body: (send: (text: string) => void, hangUp: () => void) => Promise<void>) {
  const server = createServer(serve);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const stream = connect((server.address() as AddressInfo).port, '127.0.0.1');
  stream.on('error', () => {});
  try {
    await body(
      (text) => void stream.write(text),
      () => stream.resetAndDestroy(),
    );
  } finally {
    stream.destroy();
    const gone = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await gone;
  }
}

const get = (path: string): string => `GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`;

test('each request of a pipeline is killed with its connection', async () => {
  const begun: string[] = [];
  const killed: string[] = [];
  const settled: unknown[] = [];
  const serve = handler(function* (request: IncomingMessage, _response: ServerResponse) {
    const path = String(request.url);
    begun.push(path);
    try {
      yield* sleep(Infinity);
    } finally {
      killed.push(path);
    }
  });
  await serving(
    (request, response) => serve(request, response).then((value) => settled.push(value)),
    async (send, hangUp) => {
      send(get('/1') + get('/2') + get('/3'));
      while (begun.length < 3) await turn();
      hangUp();
      while (settled.length < 3) await turn();
      assert.equal(killed.sort(), ['/1', '/2', '/3']);
      assert.equal(settled, [undefined, undefined, undefined]);
    },
  );
});

test('a handler does not begin if its client has gone before the call', async () => {
  let begun = false;
  const serve = handler(function* (_request: IncomingMessage, _response: ServerResponse): Coroutine<void> {
    begun = true;
  });
  const arrived = new Event();
  const over = new Event();
  await serving(
    async (request, response) => {
      arrived.set();
      await once(response, 'close');
      assert.is(await serve(request, response), undefined);
      over.set();
    },
    async (send, hangUp) => {
      send(get('/'));
      await arrived.wait();
      hangUp();
      await over.wait();
      assert.is(begun, false);
    },
  );
});

test('a handler that continues after its answer was sent is not killed when the client disconnects', async () => {
  const go = new Event();
  const sent = new Event();
  const over = new Event();
  const serve = handler(function* (_request: IncomingMessage, response: ServerResponse) {
    response.end('answer', () => sent.set());
    yield* go.wait();
    over.set();
  });
  await serving(serve, async (send, hangUp) => {
    send(get('/'));
    await sent.wait();
    hangUp();
    for (let turns = 0; turns < 10; turns += 1) await turn();
    go.set();
    await over.wait();
  });
});

test("errors of cleanup after the client has gone go to the framework's error handling", async () => {
  const begun = new Event();
  const failures: unknown[] = [];
  const serve = handler(function* (_request: unknown, _response: unknown, _next: (error: unknown) => void) {
    try {
      begun.set();
      yield* sleep(Infinity);
    } catch {
      throw new Error('of the cleanup');
    }
  });
  await serving(
    (request, response) => serve(request, response, (error) => failures.push(error)),
    async (send, hangUp) => {
      send(get('/'));
      await begun.wait();
      hangUp();
      while (failures.length === 0) await turn();
      assert.equal(failures.map(String), ['Error: of the cleanup']);
    },
  );
});

test('a handler killed from elsewhere fails, because its client still waits', async () => {
  let running: Greenlet | undefined;
  const serve = handler(function* (_request: unknown, _response: unknown) {
    running = getcurrent() as Greenlet;
    yield* sleep(Infinity);
  });
  let failure: Promise<unknown> | undefined;
  await serving(
    (request, response) => {
      failure = failureOf(serve(request, response));
    },
    async (send) => {
      send(get('/'));
      while (running === undefined) await turn();
      running.kill();
      assert.instance(await failure, GreenletExit);
    },
  );
});

test('many handlers may serve one request at the same time', async () => {
  const warnings: Error[] = [];
  const note = (warning: Error): void => void warnings.push(warning);
  process.on('warning', note);
  const go = new Event();
  const serve = handler(function* (_request: IncomingMessage | Request, _response?: ServerResponse) {
    yield* go.wait();
    return new Response();
  });
  const all = (...args: Parameters<typeof serve>): Promise<unknown> =>
    Promise.all(Array.from({ length: 20 }, () => serve(...args)));
  try {
    const over = new Event();
    await serving(
      async (request, response) => {
        const served = all(request, response);
        go.set();
        await served;
        over.set();
      },
      async (send) => {
        send(get('/'));
        await over.wait();
      },
    );
    go.clear();
    const served = all(new Request('http://x/'));
    go.set();
    await served;
    for (let turns = 0; turns < 3; turns += 1) await turn();
    assert.equal(warnings, []);
  } finally {
    process.off('warning', note);
  }
});

test('the greenlet is named after the body', async () => {
  const names: string[] = [];
  const { signal } = new AbortController();
  await handler(function* orders(_request: { signal: AbortSignal }) {
    names.push((getcurrent() as Greenlet).name.replace(/\d+/, 'n'));
  })({ signal });
  assert.equal(names, ['orders-n']);
});

test('a web Request is served, and answered with 499 if its signal aborts', async () => {
  const controller = new AbortController();
  const begun = new Event();
  const serve = handler(function* (request: Request) {
    if (request.url.endsWith('/wait')) {
      begun.set();
      yield* sleep(Infinity);
    }
    return new Response('answer');
  });
  assert.is(await (await serve(new Request('http://localhost/'))).text(), 'answer');
  const answer = serve(new Request('http://localhost/wait', { signal: controller.signal }));
  await begun.wait();
  controller.abort();
  assert.is((await answer).status, 499);
  assert.is((await serve(new Request('http://localhost/', { signal: controller.signal }))).status, 499);
});

test('a call without a request rejects with an error that lists what it serves', async () => {
  const serve = handler(function* (_first?: unknown): Coroutine<void> {});
  for (const args of [[], [null], ['text'], [{ url: '/' }]] as [unknown?][]) {
    const error = await failureOf(serve(...args));
    assert.instance(error, TypeError);
    assert.match((error as Error).message, 'called without a request');
  }
});

test('handler() refuses anything but a function', () => {
  for (const body of [undefined, 'body', {}]) {
    assert.match(
      (thrownBy(() => handler(body as unknown as () => void)) as Error).message,
      'handler() takes a function (usually function*)',
    );
  }
});

test('handler() takes a plain function and an async one too', async () => {
  const { signal } = new AbortController();
  assert.is(await handler((_request: { signal: AbortSignal }) => 'plain')({ signal }), 'plain');
  assert.is(await handler(async (_request: { signal: AbortSignal }) => 'async')({ signal }), 'async');
});

test.run();
