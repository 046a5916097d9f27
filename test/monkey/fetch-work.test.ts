import { once } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';
import * as assert from 'uvu/assert';
import { type Greenlet, GreenletExit, sleep, spawn, until } from '../../lib/index.ts';
import { FetchWork } from '../../lib/monkey/fetch-work.ts';
import { failureOf } from '../support/failure.ts';
import { letTheHubGather } from '../support/gathering.ts';
import { suite } from '../support/harness.ts';
import { outcomeOf } from '../support/outcome.ts';
import { visiting } from '../support/patched.ts';
import { undici } from '../support/undici.ts';

const all = suite('fetch, stopped through its dispatcher');
const test = visiting(all);

type WithDispatcher = RequestInit & { dispatcher: unknown };

test('a fetch that is killed before undici sends it is never sent', async (site) => {
  const gr = spawn(function* () {
    const response = fetch(site.url('/text'));
    gr.kill();
    yield* response;
  }) as Greenlet<void>;
  await gr.join();
  for (let turns = 0; turns < 20; turns += 1) await turn();

  assert.is(site.requests('/text'), 0);
  assert.instance(gr.exception, GreenletExit);
});

for (const [what, start] of [
  ['with a body', (url: string) => fetch(url, { method: 'POST', body: 'all of it' })],
  ['of a Request', (url: string) => fetch(new Request(url))],
] as const) {
  test(`a kill also aborts a fetch ${what}, which has a signal`, async (site) => {
    let broken: Promise<unknown> = Promise.resolve();
    site.on('/held', (_, response) => {
      broken = once(response, 'close');
    });
    const gr = spawn(() => start(site.url('/held')));
    await site.arrived('/held');

    await gr.kill();

    await broken;
  });
}

test('a wait that is left by return() aborts the request, with an error like undici’s', async (site) => {
  const gr = spawn(function* () {
    const answer = fetch(site.url('/hang'));
    const waiting = (function* () {
      yield* answer;
    })();
    waiting.next();
    waiting.return();
    return yield* outcomeOf(until(answer));
  });

  const { error } = await gr;

  assert.is((error as DOMException).name, 'AbortError');
  await site.deserted();
});

test('a fetch that waits for a connection of a full pool is never sent once it is killed', async (site) => {
  const agent = new undici.Agent({ connections: 1 });
  let finish = (): void => {};
  site.on('/first', (_, response) => {
    finish = () => response.end('first');
  });
  const over = { dispatcher: agent } as WithDispatcher;
  const first = spawn(function* () {
    return yield* (yield* fetch(site.url('/first'), over)).text();
  });
  await site.arrived('/first');
  const second = spawn(() => fetch(site.url('/text'), over));
  for (let turns = 0; turns < 20; turns += 1) await turn();

  await second.kill();
  finish();
  assert.is(await first, 'first');
  for (let turns = 0; turns < 20; turns += 1) await turn();
  await agent.destroy();

  assert.instance(second.exception, GreenletExit);
  assert.is(site.requests('/text'), 0);
});

test('a kill aborts the target of a redirect', async (site) => {
  site.on('/moved', (_, response) => response.writeHead(302, { location: '/hang' }).end());
  const gr = spawn(() => fetch(site.url('/moved')));
  await site.arrived('/hang');

  await gr.kill();

  await site.deserted();
});

test('after a kill between a redirect and its target, the target is never requested', async (site) => {
  site.on('/moved', (_, response) => {
    response.writeHead(302, { location: '/text' }).end();
    gr.kill();
  });
  const gr = spawn(() => fetch(site.url('/moved')));
  await gr.join();
  for (let turns = 0; turns < 20; turns += 1) await turn();

  assert.is(site.requests('/text'), 0);
  await site.deserted();
});

test('work that was stopped hands its dispatcher nothing more', async (site) => {
  const agent = new undici.Agent();
  const reason = new Error('stopped');
  const work = new FetchWork().over(agent);
  work.release(reason);

  const error = await failureOf(undici.fetch(site.url('/text'), { dispatcher: work as never }));

  assert.is((error as Error).cause, reason);
  assert.equal(agent.stats, {});
  await agent.destroy();
});

test('a kill also aborts a redirect whose own body has not ended, even if the answer of its target has arrived', async (site) => {
  site.on('/moved', (_, response) => {
    response.writeHead(302, { location: '/text' }).write('moved');
  });
  const gr = spawn(function* () {
    yield* fetch(site.url('/moved'));
    yield* sleep(100_000);
  });
  await site.arrived('/text');
  for (let turns = 0; turns < 20; turns += 1) await turn();

  await gr.kill();

  await site.deserted();
});

test('a dispatcher may hand on a copy of the handler', async (site) => {
  const encodings = 'gzip,'.repeat(6).slice(0, -1);
  site.on('/encoded', (_, response) => response.writeHead(200, { 'content-encoding': encodings }).end('x'));
  const agent = new undici.Agent();
  const copying: Pick<typeof agent, 'dispatch'> = {
    dispatch: (options, handler) => agent.dispatch(options, { ...handler }),
  };

  const get = () => fetch(site.url('/encoded'), { dispatcher: copying } as WithDispatcher);
  const told = (answer: PromiseLike<Response>) =>
    answer.then(
      (response) => response.text().catch(String),
      (error) => String(error.cause),
    );
  // Node 20.18 has no limit for encodings yet.
  const outside = await told(get());
  const inside = await told(
    spawn(() => get())
      .get()
      .then((response) => response as Response),
  );
  await agent.destroy();

  assert.is(inside, outside);
});

test('an answer of a killed greenlet that has arrived whole is not read any more, inside or outside', async (site) => {
  const answers: Response[] = [];
  const gr = spawn(function* () {
    answers.push(yield* fetch(site.url('/text')), yield* fetch(site.url('/text')));
    yield* sleep(100_000);
  });
  while (answers.length < 2) await turn();
  for (let turns = 0; turns < 20; turns += 1) await turn();
  await gr.kill();

  const [first, second] = answers as [Response, Response];
  assert.is(await failureOf(spawn(() => first.text())), gr.exception);
  assert.is(await failureOf(second.text()), gr.exception);
});

test('other waiters for the answer or body of a killed greenlet get the reason of the kill', async (site) => {
  const seen: unknown[] = [];
  const noted = async (promise: Promise<unknown>): Promise<void> => {
    await promise.catch((error: unknown) => seen.push(error));
  };
  let text = Promise.resolve();
  const answering = spawn(function* () {
    const answer = fetch(site.url('/hang'));
    text = noted(answer);
    yield* answer;
  });
  await site.arrived('/hang');
  const reason = new Error('no more');
  answering.link(() => {});
  await answering.kill({ reason });
  await text;

  const reading = spawn(function* () {
    const body = (yield* fetch(site.url('/half'))).text();
    text = noted(body);
    yield* body;
  });
  await site.arrived('/half');
  for (let turns = 0; turns < 20; turns += 1) await turn();
  reading.link(() => {});
  await reading.kill({ reason });
  await text;

  assert.equal(
    seen.map((error) => error === reason),
    [true, true],
  );
});

test('a stream of a killed greenlet fails with an error that the reason of the kill caused', async (site) => {
  const gr = spawn(function* () {
    const { body } = yield* fetch(site.url('/half'));
    const reader = (body as ReadableStream<Uint8Array>).getReader();
    yield* until(reader.read());
    const { error } = yield* outcomeOf(until(reader.read()));
    const rest = reader.read().then(
      () => null,
      (failure: unknown) => failure,
    );
    return [error, rest] as const;
  });
  await site.arrived('/half');
  for (let turns = 0; turns < 20; turns += 1) await turn();

  gr.kill();
  const [error, rest] = await gr;

  assert.instance(error, GreenletExit);
  assert.is(((await rest) as Error).cause, error);
  await site.deserted();
});

test('the program’s own signal goes to undici as it is', async (site) => {
  const controller = new AbortController();
  const gr = spawn(function* () {
    const { error } = yield* outcomeOf(until(fetch(site.url('/hang'), { signal: controller.signal })));
    return error;
  });
  await site.arrived('/hang');

  const reason = new Error('enough');
  controller.abort(reason);

  assert.is(await gr, reason);
  await site.deserted();
});

for (const [how, settle] of [
  ['arrived', (resolve: () => void) => resolve()],
  ['failed', (_: () => void, reject: (error: unknown) => void) => reject(new Error('no answer'))],
] as const) {
  all(`under load, the waiter for an answer that has ${how} continues in the same turn of the event loop`, async () => {
    const order: string[] = [];
    let end = (): void => {};
    const source = new Promise<void>((resolve, reject) => {
      end = () => settle(resolve, reject);
    });
    const gr = spawn(function* () {
      yield* outcomeOf(new FetchWork().promise(source, () => {}));
      order.push('greenlet');
    });
    await letTheHubGather();

    end();
    for (let hops = 0; hops < 10; hops += 1) await null;
    order.push('microtasks');
    await gr;

    assert.equal(order, ['microtasks', 'greenlet']);
  });
}

all.run();
