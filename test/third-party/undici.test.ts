import { Agent, errors, request } from 'undici';
import * as assert from 'uvu/assert';
import { type Coroutine, forEach, Pool, race, spawn, Timeout, until, withTimeout } from '../../lib/index.ts';
import { failureOf } from '../support/failure.ts';
import type { Site } from '../support/site.ts';
import { httpLibrary } from './http-library.ts';

const test = httpLibrary('undici');

/** The text of a page. The request ends with the wait for it. */
function* page(url: string, dispatcher: Agent): Coroutine<string> {
  const { body } = yield* until((signal) => request(url, { dispatcher, signal }));
  try {
    return yield* body.text();
  } finally {
    body.destroy();
  }
}

/** Runs a test with an agent that has this many connections. */
async function withAgent(connections: number, body: (agent: Agent) => Promise<void>): Promise<void> {
  const agent = new Agent({ connections });
  try {
    await body(agent);
  } finally {
    await agent.destroy();
  }
}

test('a request in a greenlet gives its response', (site) =>
  withAgent(1, async (dispatcher) => {
    const gr = spawn(function* () {
      const { statusCode, body } = yield* request(site.url('/json'), { dispatcher });
      return [statusCode, yield* body.json()];
    });

    assert.equal(await gr, [200, { answer: 42 }]);
  }));

test('its errors are thrown as undici made them', () =>
  withAgent(1, async (dispatcher) => {
    const error = await failureOf(
      spawn(function* () {
        return yield* request('http://127.0.0.1:1', { dispatcher });
      }),
    );

    assert.is((error as NodeJS.ErrnoException).code, 'ECONNREFUSED');
  }));

test('many greenlets share the connections of an agent', (site) =>
  withAgent(4, async (dispatcher) => {
    const texts = await new Pool(50).map(
      () => page(site.url('/text'), dispatcher),
      Array.from({ length: 200 }, (_, n) => n),
    );

    assert.equal(new Set(texts), new Set(['hello']));
    assert.ok(site.connections <= 4, `${site.connections} connections`);
  }));

for (const [where, path] of [
  ['before the headers', '/hang'],
  ['in mid-body', '/half'],
] as const) {
  test(`a kill ${where} frees the connection`, (site) =>
    withAgent(1, async (dispatcher) => {
      const gr = spawn(page, site.url(path), dispatcher);
      await site.arrived(path);
      await gr.kill();

      assert.is(await spawn(page, site.url('/text'), dispatcher), 'hello');
    }));

  test(`withTimeout ${where} frees the connection`, (site) =>
    withAgent(1, async (dispatcher) => {
      const gr = spawn(() => withTimeout(50, () => page(site.url(path), dispatcher)));

      assert.instance(await failureOf(gr), Timeout);
      assert.is(await spawn(page, site.url('/text'), dispatcher), 'hello');
    }));
}

test('the loser of a race is aborted', (site) =>
  withAgent(2, async (dispatcher) => {
    const gr = spawn(() =>
      race([() => page(site.url('/hang'), dispatcher), () => page(site.url('/text'), dispatcher)]),
    );

    assert.is(await gr, 'hello');
  }));

test('a body is read piece by piece, and destroyed by a kill', (site) =>
  withAgent(1, async (dispatcher) => {
    let bytes = 0;
    const gr = spawn(function* () {
      const { body } = yield* request(site.url('/half'), { dispatcher });
      yield* forEach(body, (piece: Buffer) => {
        bytes += piece.length;
      });
    });
    while (bytes < 10) await new Promise((resolve) => setImmediate(resolve));
    await gr.kill();

    assert.is(await spawn(page, site.url('/text'), dispatcher), 'hello');
  }));

test('the limits of undici are errors of undici', (site: Site) =>
  withAgent(1, async (dispatcher) => {
    const gr = spawn(() => request(site.url('/hang'), { dispatcher, headersTimeout: 10 }));

    assert.instance(await failureOf(gr), errors.HeadersTimeoutError);
  }));

test.run();
