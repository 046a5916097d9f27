import axios, { AxiosError, type AxiosResponse } from 'axios';
import * as assert from 'uvu/assert';
import {
  all,
  type Coroutine,
  type Greenlet,
  getcurrent,
  Pool,
  race,
  sleep,
  spawn,
  Timeout,
  until,
  withTimeout,
} from '../../lib/index.ts';
import { failureOf } from '../support/failure.ts';
import { httpLibrary, hungUp } from './http-library.ts';

const test = httpLibrary('axios');

/** A request that ends with the wait for it. */
function* get<T>(url: string): Coroutine<AxiosResponse<T>> {
  return yield* until((signal) => axios.get<T>(url, { signal }));
}

test('a request in a greenlet gives its response', async (site) => {
  const gr = spawn(function* () {
    const { data, status } = yield* axios.get<{ answer: number }>(site.url('/json'));
    return [status, data.answer];
  });

  assert.equal(await gr, [200, 42]);
});

test('its errors are thrown as axios made them', async (site) => {
  const error = (await failureOf(
    spawn(function* () {
      return yield* axios.get(site.url('/status'));
    }),
  )) as AxiosError;

  assert.instance(error, AxiosError);
  assert.is(error.code, 'ERR_BAD_REQUEST');
  assert.is(error.response?.data, 'nothing here');
});

test('many greenlets post side by side', async (site) => {
  const answers = await new Pool(20).map(
    function* (n: number) {
      const { data } = yield* axios.post<{ body: string }>(site.url('/echo'), `body ${n}`);
      return data.body;
    },
    Array.from({ length: 100 }, (_, n) => n),
  );

  assert.equal(
    answers,
    Array.from({ length: 100 }, (_, n) => `body ${n}`),
  );
});

test('a kill aborts a request that was given the signal of until()', async (site) => {
  const gr = spawn(get, site.url('/hang'));
  await site.arrived('/hang');
  await gr.kill();

  await site.deserted();
});

test('withTimeout aborts a request that was given the signal of until()', async (site) => {
  const gr = spawn(() => withTimeout(50, () => get(site.url('/half'))));

  assert.instance(await failureOf(gr), Timeout);
  await site.deserted();
});

test('the loser of a race is aborted', async (site) => {
  const gone = hungUp(site, '/hang');
  const gr = spawn(() => race([() => get<string>(site.url('/hang')), () => get<string>(site.url('/text'))]));

  assert.is((await gr).data, 'hello');
  await gone;
});

test('when one of all() fails, the others are aborted', async (site) => {
  const gone = hungUp(site, '/hang');
  const gr = spawn(() => all([() => get(site.url('/hang')), () => get(site.url('/status'))]));

  assert.instance(await failureOf(gr), AxiosError);
  await gone;
});

test('the signal of the greenlet aborts on a kill', async (site) => {
  const gr = spawn(function* () {
    const { signal } = getcurrent() as Greenlet;
    return yield* axios.get(site.url('/hang'), { signal });
  });
  await site.arrived('/hang');
  await gr.kill();

  await site.deserted();
});

test('without a signal the request continues, and its late answer is dropped', async (site) => {
  const letGo: (() => void)[] = [];
  site.on('/late', (_, response) => letGo.push(() => response.end('late')));
  const gr = spawn(function* () {
    return yield* axios.get(site.url('/late'));
  });
  await site.arrived('/late');
  await gr.kill();
  await spawn(() => sleep(20));

  assert.is(site.connections, 1);
  for (const answer of letGo) answer();
});

test.run();
