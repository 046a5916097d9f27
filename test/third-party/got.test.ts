import got, { HTTPError } from 'got';
import * as assert from 'uvu/assert';
import { type Coroutine, forEach, Pool, race, sleep, spawn, Timeout, until, withTimeout } from '../../lib/index.ts';
import { failureOf } from '../support/failure.ts';
import { httpLibrary, hungUp } from './http-library.ts';

const test = httpLibrary('got');

/** The text of a page. The request ends with the wait for it. */
function* page(url: string): Coroutine<string> {
  return yield* until((signal) => got(url, { signal, retry: { limit: 0 } }).text());
}

test('a request in a greenlet gives its response', async (site) => {
  const gr = spawn(function* () {
    const response = yield* got(site.url('/text'));
    const json = yield* got(site.url('/json')).json<{ answer: number }>();
    return [response.statusCode, response.body, json.answer];
  });

  assert.equal(await gr, [200, 'hello', 42]);
});

test('its errors are thrown as got made them', async (site) => {
  const error = await failureOf(spawn(page, site.url('/status')));

  assert.instance(error, HTTPError);
  assert.is((error as HTTPError).response.statusCode, 404);
});

test('many greenlets post side by side', async (site) => {
  const answers = await new Pool(20).map(
    function* (n: number) {
      const { body } = yield* got.post(site.url('/echo'), { body: `body ${n}` }).json<{ body: string }>();
      return body;
    },
    Array.from({ length: 100 }, (_, n) => n),
  );

  assert.equal(
    answers,
    Array.from({ length: 100 }, (_, n) => `body ${n}`),
  );
});

test('a kill aborts a request that was given the signal of until()', async (site) => {
  const gr = spawn(page, site.url('/hang'));
  await site.arrived('/hang');
  await gr.kill();

  await site.deserted();
});

test('withTimeout aborts a request that was given the signal of until()', async (site) => {
  const gr = spawn(() => withTimeout(50, () => page(site.url('/half'))));

  assert.instance(await failureOf(gr), Timeout);
  await site.deserted();
});

test('a kill while got waits to try again makes it try no more', async (site) => {
  site.on('/busy', (_, response) => response.writeHead(503, { 'retry-after': '60' }).end());
  const gr = spawn(function* () {
    return yield* until((signal) => got(site.url('/busy'), { signal }).text());
  });
  await site.arrived('/busy');
  await gr.kill();

  await site.deserted();
  assert.is(site.requests('/busy'), 1);
});

test('the loser of a race is aborted', async (site) => {
  const gone = hungUp(site, '/hang');
  const gr = spawn(() => race([() => page(site.url('/hang')), () => page(site.url('/text'))]));

  assert.is(await gr, 'hello');
  await gone;
});

test('without a signal the request continues, and its late answer is dropped', async (site) => {
  const letGo: (() => void)[] = [];
  site.on('/late', (_, response) => letGo.push(() => response.end('late')));
  const gr = spawn(function* () {
    return yield* got(site.url('/late'));
  });
  await site.arrived('/late');
  await gr.kill();
  await spawn(() => sleep(20));

  assert.is(site.connections, 1);
  for (const answer of letGo) answer();
});

test('a stream of got is read piece by piece, and destroyed by a kill', async (site) => {
  let pieces = 0;
  const gr = spawn(() =>
    forEach(got.stream(site.url('/half')), () => {
      pieces += 1;
    }),
  );
  await site.arrived('/half');
  while (pieces === 0) await new Promise((resolve) => setImmediate(resolve));
  await gr.kill();

  await site.deserted();
  assert.is(pieces, 1);
});

test.run();
