import { setImmediate as turn } from 'node:timers/promises';
import type { Agent } from 'undici';
import * as assert from 'uvu/assert';
import { type Greenlet, GreenletExit, spawn } from '../../lib/index.ts';
import { request } from '../../lib/net/index.ts';
import { waitAllBlocked } from '../../lib/testing/index.ts';
import { suite } from '../support/harness.ts';
import type { Site } from '../support/site.ts';
import { undici } from '../support/undici.ts';
import { visited } from './visited.ts';

const all = suite('client-line');
const test = visited(all);

/** An agent that connects when the test answers its name lookups. */
class HeldAgent {
  readonly agent: Agent;
  asked = 0;
  private readonly answers: (() => void)[] = [];

  constructor(options: object) {
    const lookup = (_name: string, { all }: { all?: boolean }, give: (...answer: unknown[]) => void): void => {
      this.asked += 1;
      this.answers.push(() => (all ? give(null, [{ address: '127.0.0.1', family: 4 }]) : give(null, '127.0.0.1', 4)));
    };
    this.agent = new undici.Agent({ ...options, connect: { lookup: lookup as never } });
  }

  /** Waits until this many lookups have been made. The first request loads undici before that. */
  async wasAsked(times = 1): Promise<void> {
    while (this.asked < times) await turn();
    await waitAllBlocked();
  }

  answer(): void {
    for (const answer of this.answers.splice(0)) answer();
  }
}

function urlOf(site: Site, path: string): string {
  return `http://site.test:${site.port}${path}`;
}

function asking(site: Site, dispatcher: Agent, path = '/text'): Greenlet<string> {
  return spawn(function* () {
    return yield* (yield* request(urlOf(site, path), { dispatcher })).body.text();
  });
}

for (const [kind, options] of [
  ['one client', { connections: 1 }],
  [
    'a pool of one connection',
    { factory: (origin: string, given: object) => new undici.Pool(origin, { ...given, connections: 1 }) },
  ],
  ['a pool', {}],
] as const) {
  test(`giving up one request that waits for ${kind} to connect does not disturb the others`, async (site) => {
    const held = new HeldAgent(options);
    const jobs = [1, 2, 3].map(() => asking(site, held.agent));
    await held.wasAsked();
    await jobs[0]?.kill();
    await jobs[2]?.kill();
    held.answer();
    assert.is(await jobs[1], 'hello');
    assert.is(site.requests('/text'), 1);
    await held.agent.close();
  });

  test(`when all requests that wait for ${kind} to connect are given up, the next one connects again`, async (site) => {
    const held = new HeldAgent(options);
    const errors: unknown[] = [];
    held.agent.on('connectionError', (...args: unknown[]) => errors.push(args));
    const jobs = [1, 2].map(() => asking(site, held.agent));
    await held.wasAsked();
    for (const job of jobs) await job.kill();
    const { asked } = held;
    const next = asking(site, held.agent);
    await held.wasAsked(asked + 1);
    assert.is(held.asked, asked + 1);
    held.answer();
    assert.is(await next, 'hello');
    assert.equal(errors, []);
    assert.is(site.requests('/text'), 1);
    await held.agent.close();
  });
}

test('a request that is given up in line leaves its connection to the others', async (site) => {
  const agent = new undici.Agent({ connections: 1, connect: { lookup: toLoopback as never } });
  let finish = (): void => {};
  site.on('/slow', (_, response) => {
    finish = () => response.end('slow');
  });
  const slow = asking(site, agent, '/slow');
  await site.arrived('/slow');
  const given = asking(site, agent);
  const last = asking(site, agent, '/json');
  await waitAllBlocked();
  await given.kill();
  assert.instance(given.exception, GreenletExit);
  finish();
  assert.is(await slow, 'slow');
  assert.is(await last, '{"answer":42}');
  assert.is(site.requests('/text'), 0);
  assert.is(site.connections, 1);
  await agent.close();
});

test("a connection that a request of undici's own waits for is made although other requests give up", async (site) => {
  const held = new HeldAgent({ connections: 1 });
  const given = asking(site, held.agent);
  const own = undici.request(urlOf(site, '/json'), { dispatcher: held.agent });
  await held.wasAsked();
  await given.kill();
  held.answer();
  assert.equal(await (await own).body.json(), { answer: 42 });
  assert.is(site.requests('/text'), 0);
  await held.agent.close();
});

test('a retrying interceptor does not retry a request that was given up while it connected', async (site) => {
  const held = new HeldAgent({ connections: 1 });
  let retries = 0;
  const retry = undici.interceptors.retry({
    retry(_error, _state, again) {
      retries += 1;
      again(null);
      return null;
    },
  });
  const dispatcher = held.agent.compose(retry) as Agent;
  const given = asking(site, dispatcher);
  await held.wasAsked();
  await given.kill();
  held.answer();
  await waitAllBlocked();
  assert.is(retries, 0);
  assert.is(await answered(site, held), 'hello');
  assert.is(site.requests('/text'), 1);
  await held.agent.close();
});

test('many requests can leave the line in any order', async (site) => {
  const held = new HeldAgent({ connections: 1 });
  const jobs = Array.from({ length: 1_000 }, () => asking(site, held.agent));
  await held.wasAsked();
  for (const job of [...jobs.slice(0, 400), ...jobs.slice(600).reverse()]) await job.kill();
  held.answer();
  for (const job of jobs.slice(400, 600)) assert.is(await job, 'hello');
  assert.is(site.requests('/text'), 200);
  await held.agent.close();
});

/** One more request, whose lookup is answered. */
async function answered(site: Site, held: HeldAgent): Promise<string> {
  const { asked } = held;
  const next = asking(site, held.agent);
  await held.wasAsked(asked + 1);
  held.answer();
  return next;
}

function toLoopback(_name: string, { all }: { all?: boolean }, give: (...answer: unknown[]) => void): void {
  if (all) give(null, [{ address: '127.0.0.1', family: 4 }]);
  else give(null, '127.0.0.1', 4);
}

all.run();
