import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import * as assert from 'uvu/assert';
import {
  type Coroutine,
  Event,
  forEach,
  GreenletExit,
  Queue,
  race,
  shield,
  sleep,
  spawn,
  Timeout,
  withTimeout,
} from '../../lib/index.ts';
import { type HttpResponse, request } from '../../lib/net/index.ts';
import { assertNoLeaks, VirtualClock, waitAllBlocked } from '../../lib/testing/index.ts';
import { failureOf } from '../support/failure.ts';
import { suite } from '../support/harness.ts';
import { outcomeOf } from '../support/outcome.ts';
import type { Site } from '../support/site.ts';
import { undici } from '../support/undici.ts';
import { visited } from './visited.ts';

const all = suite('request, cancelled');
const test = visited(all);

/** A route whose body continues when the test says so. */
function gated(site: Site): { url: string; finish(): void } {
  const gate = { url: site.url('/gated'), finish: (): void => {} };
  site.on('/gated', (_, response) => {
    response.writeHead(200).write('first ');
    gate.finish = () => response.end('second');
  });
  return gate;
}

function code(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}

const PHASES: [name: string, path: string, body: (site: Site) => Coroutine<unknown>][] = [
  [
    'before the headers',
    '/hang',
    function* (site) {
      yield* request(site.url('/hang'));
    },
  ],
  [
    'in the middle of the body',
    '/half',
    function* (site) {
      yield* (yield* request(site.url('/half'))).body.text();
    },
  ],
  [
    'before the first byte of the body',
    '/headers',
    function* (site) {
      yield* (yield* request(site.url('/headers'))).body.json();
    },
  ],
  [
    'in a dump()',
    '/half',
    function* (site) {
      yield* (yield* request(site.url('/half'))).body.dump();
    },
  ],
  [
    'while it goes through the pieces',
    '/half',
    function* (site) {
      yield* forEach((yield* request(site.url('/half'))).body, () => {});
    },
  ],
  [
    'in the body of forEach',
    '/half',
    function* (site) {
      yield* forEach((yield* request(site.url('/half'))).body, () => sleep(Infinity));
    },
  ],
  [
    'between headers and body',
    '/half',
    function* (site) {
      const response = yield* request(site.url('/half'));
      yield* sleep(Infinity);
      return response;
    },
  ],
  [
    'between two pieces',
    '/half',
    function* (site) {
      const { body } = yield* request(site.url('/half'));
      yield* body.next();
      yield* sleep(Infinity);
    },
  ],
];

for (const [name, path, body] of PHASES) {
  test(`a greenlet that is killed ${name} ends with its exit, and frees the connection`, async (site) => {
    const gr = spawn(body, site);
    await site.arrived(path);
    await waitAllBlocked();
    await gr.kill();
    assert.instance(gr.exception, GreenletExit);
    await site.deserted();
  });

  test(`withTimeout around a request that is ${name} throws Timeout, and frees the connection`, async (site) => {
    const gr = spawn(() => withTimeout(40, () => body(site)));
    assert.instance(await failureOf(gr), Timeout);
    await site.deserted();
  });

  test(`the loser of a race() ${name} frees the connection`, async (site) => {
    const won = spawn(() =>
      race([
        () => body(site),
        function* () {
          yield* sleep(40);
          return 'won';
        },
      ]),
    );
    assert.is(await won, 'won');
    await site.deserted();
  });
}

test('headers that take too long throw Timeout, and the connection is freed', async (site) => {
  const error = await failureOf(request(`${site.url('/hang')}?secret`, { timeout: 20 }));
  assert.instance(error, Timeout);
  assert.match((error as Error).message, /GET|a request to http.*\/hang was not answered within 20 ms/);
  assert.not.match((error as Error).message, 'secret');
  await site.deserted();
});

test('a body belongs to its reader: it survives the kill of the greenlet that made the request', async (site) => {
  const gate = gated(site);
  const handed = new Queue<HttpResponse>();
  const reading = new Event();
  const maker = spawn(function* () {
    handed.putNowait(yield* request(gate.url));
    yield* sleep(Infinity);
  });
  const reader = spawn(function* () {
    const { body } = yield* handed.get();
    reading.set();
    return yield* body.text();
  });
  await reading.wait();
  await waitAllBlocked();
  await maker.kill();
  gate.finish();
  assert.is(await reader, 'first second');
});

test('a body read outside greenlets survives the kill of the greenlet that made the request', async (site) => {
  const gate = gated(site);
  const handed = new Queue<HttpResponse>();
  const maker = spawn(function* () {
    handed.putNowait(yield* request(gate.url));
    yield* sleep(Infinity);
  });
  const { body } = await handed.get();
  assert.is(String((await body.next()).value), 'first ');
  await maker.kill();
  gate.finish();
  assert.is(String((await body.next()).value), 'second');
});

test('an unread body is dropped with the greenlet that made the request, and later reads say so', async (site) => {
  const handed = new Queue<HttpResponse>();
  const maker = spawn(function* () {
    handed.putNowait(yield* request(site.url('/half')));
    yield* sleep(Infinity);
  });
  const { body } = await handed.get();
  const reason = new Error('enough');
  await maker.kill({ reason });
  const error = await failureOf(body.text());
  assert.is((error as Error).name, 'AbortError');
  assert.is(code(error), 'UND_ERR_ABORTED');
  assert.is((error as Error).cause, reason);
  await site.deserted();
  await failureOf(maker);
});

test('it survives the normal end of the greenlet that made the request', async (site) => {
  const gate = gated(site);
  const { body } = await spawn(() => request(gate.url));
  const text = spawn(() => body.text());
  await waitAllBlocked();
  gate.finish();
  assert.is(await text, 'first second');
});

test('a response outlives the withTimeout it came out of', async (site) => {
  const gate = gated(site);
  using clock = VirtualClock.install({ autojump: false });
  const text = spawn(function* () {
    const { body } = yield* withTimeout(30, request(gate.url));
    yield* clock.advance(60);
    gate.finish();
    return yield* body.text();
  });
  assert.is(await text, 'first second');
});

test('a kill that comes when the answer is there already frees the connection', async (site) => {
  const got = new Event();
  const agent = new undici.Agent();
  const dispatcher = agent.compose((dispatch) => (options, handler) => {
    class KillsAtTheAnswer extends (undici.DecoratorHandler as unknown as new (handler: object) => object) {
      onResponseStart(...answer: Parameters<NonNullable<typeof handler.onResponseStart>>): void {
        handler.onResponseStart?.(...answer);
        gr.kill();
      }
    }
    return dispatch(options, new KillsAtTheAnswer(handler));
  });
  const gr = spawn(function* (): Coroutine<void> {
    yield* request(site.url('/half'), { dispatcher });
    got.set();
    yield* sleep(Infinity);
  });
  await gr.join();
  assert.is(got.isSet(), true);
  await agent.destroy();
  await site.deserted();
});

test('cancel() drops the rest and frees the connection, and so does `using`', async (site) => {
  const { body } = await request(site.url('/half'));
  const reader = spawn(() => body.text());
  await waitAllBlocked();
  body.cancel();
  assert.is(code(await failureOf(reader)), 'UND_ERR_ABORTED');
  await site.deserted();
  await spawn(function* () {
    using response = yield* request(site.url('/half'));
    assert.is(response.statusCode, 200);
  });
  await site.deserted();
});

test('a whole body is not hurt by cancel(), nor its connection', async (site) => {
  const { body } = await request(site.url('/text'));
  body.cancel();
  assert.is(await body.text(), 'hello');
  assert.is(site.connections, 1);
});

for (const [kind, make] of [
  [
    'an AbortSignal',
    () => {
      const controller = new AbortController();
      return { signal: controller.signal, abort: (reason?: Error) => controller.abort(reason) };
    },
  ],
  [
    'an EventEmitter',
    () => {
      const signal = new EventEmitter();
      return { signal, abort: () => void signal.emit('abort') };
    },
  ],
] as const) {
  test(`the caller's own ${kind} aborts headers and body, and is left alone afterwards`, async (site) => {
    const first = make();
    const asking = spawn(() => request(site.url('/hang'), { signal: first.signal }));
    await site.arrived('/hang');
    first.abort();
    assert.is(((await failureOf(asking)) as Error).name, 'AbortError');
    const second = make();
    const { body } = await request(site.url('/half'), { signal: second.signal });
    const reading = spawn(() => body.text());
    await waitAllBlocked();
    second.abort();
    assert.is(((await failureOf(reading)) as Error).name, 'AbortError');
    await site.deserted();
    const third = make();
    assert.is(await (await request(site.url('/text'), { signal: third.signal })).body.text(), 'hello');
    if (third.signal instanceof EventEmitter) assert.is(third.signal.listenerCount('abort'), 0);
  });
}

test('a signal that is aborted already sends nothing, and its reason is thrown', async (site) => {
  const reason = new Error('not now');
  assert.is(await failureOf(request(site.url('/text'), { signal: AbortSignal.abort(reason) })), reason);
  assert.is(site.requests('/text'), 0);
});

test('a killed greenlet that asks again is raised, and under shield it is served', async (site) => {
  const texts: string[] = [];
  const gr = spawn(function* () {
    try {
      yield* request(site.url('/hang'));
    } finally {
      yield* shield(function* () {
        texts.push(yield* (yield* request(site.url('/text'))).body.text());
      });
      texts.push(String((yield* outcomeOf(request(site.url('/json')))).error));
    }
  });
  await site.arrived('/hang');
  await gr.kill();
  assert.is(texts[0], 'hello');
  assert.match(texts[1] ?? '', 'GreenletExit');
  assert.is(site.requests('/json'), 0);
});

test('a kill while undici waits to retry makes that it does not', async (site) => {
  const agent = new undici.Agent();
  const retried = new Event();
  const dispatcher = agent.compose(
    undici.interceptors.retry({
      retry(_error, _state, retry) {
        retried.set();
        setTimeout(() => retry(null), 20);
        return null;
      },
    }),
  );
  site.on('/busy', (_, response) => response.writeHead(503).end());
  const gr = spawn(() => request(site.url('/busy'), { dispatcher }));
  await retried.wait();
  await gr.kill();
  await sleep(60);
  assert.is(site.requests('/busy'), 1);
  await agent.destroy();
});

test('a stream that is sent is destroyed with its request', async (site) => {
  const body = new PassThrough();
  body.write('the first of it');
  const gr = spawn(() => request(site.url('/hang'), { method: 'POST', body }));
  await site.arrived('/hang');
  await gr.kill();
  assert.is(body.destroyed, true);
  await site.deserted();
});

test('aborted requests leave no connection behind, and others continue', async (site) => {
  const kept = await request(site.url('/text'));
  const jobs = Array.from({ length: 20 }, () => spawn(() => request(site.url('/hang'))));
  await site.arrived('/hang', 20);
  for (const job of jobs) job.kill();
  assert.is(await kept.body.text(), 'hello');
  await waitAllBlocked();
  await assertNoLeaks(async () => {
    const gr = spawn(() => request(site.url('/hang')));
    await site.arrived('/hang', 21);
    await gr.kill();
  });
});

test('an unreachable body is dropped by the garbage collector', async (site) => {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc') as () => void;
  await spawn(function* () {
    yield* request(site.url('/half'));
  });
  for (let rounds = 0; rounds < 100 && site.connections > 0; rounds += 1) {
    gc();
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  assert.is(site.connections, 0);
});

test('a request that never began ends the stream that it was to send', async (site) => {
  const body = new PassThrough();
  await failureOf(request(site.url('/echo'), { method: 'POST', body, signal: AbortSignal.abort() }));
  assert.is(body.destroyed, true);
});

all.run();
