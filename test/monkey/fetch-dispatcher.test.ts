import { setImmediate as turn } from 'node:timers/promises';
import * as assert from 'uvu/assert';
import { sleep, spawn } from '../../lib/index.ts';
import { runProgram } from '../support/child.ts';
import { suite } from '../support/harness.ts';
import { visiting } from '../support/patched.ts';
import { type Echo, Site } from '../support/site.ts';
import { keepingGlobalDispatcher, undici, withGlobalDispatcher } from '../support/undici.ts';

const all = suite('fetch, dispatchers');
const test = visiting(all);

type WithDispatcher = RequestInit & { dispatcher: unknown };

/** The key of the global dispatcher, in undici before and after version 7.30. */
const LEGACY = Symbol.for('undici.globalDispatcher.1');

class CountingAgent extends undici.Agent {
  requests: (string | undefined)[] = [];

  override dispatch(...args: Parameters<InstanceType<typeof undici.Agent>['dispatch']>): boolean {
    this.requests.push(args[0].path);
    return super.dispatch(...args);
  }
}

function* textOf(url: string | Request, init?: RequestInit) {
  return yield* (yield* fetch(url, init)).text();
}

/** Runs a body with an agent that counts requests, and closes the agent. */
async function withAgent(body: (agent: CountingAgent) => Promise<void>): Promise<void> {
  const agent = new CountingAgent();
  try {
    await body(agent);
  } finally {
    await agent.destroy();
  }
}

test('the dispatcher given to fetch carries the request', (site) =>
  withAgent(async (agent) => {
    const text = await spawn(() => textOf(site.url('/text'), { dispatcher: agent } as WithDispatcher));

    assert.is(text, 'hello');
    assert.equal(agent.requests, ['/text']);
  }));

test('a dispatcher given to fetch is still aborted by a kill', (site) =>
  withAgent(async (agent) => {
    const gr = spawn(() => textOf(site.url('/half'), { dispatcher: agent } as WithDispatcher));
    await site.arrived('/half');

    await gr.kill();
    assert.equal(agent.requests, ['/half']);
    await agent.destroy();
    await site.deserted();
  }));

test('the dispatcher of a Request carries the request', (site) =>
  withAgent(async (agent) => {
    const request = new Request(site.url('/text'), { dispatcher: agent } as WithDispatcher);

    assert.is(await spawn(() => textOf(request)), 'hello');
    assert.equal(agent.requests, ['/text']);
  }));

test('an undefined dispatcher counts as absent', async (site) => {
  assert.is(await spawn(() => textOf(site.url('/text'), { dispatcher: undefined } as WithDispatcher)), 'hello');
});

test('the dispatcher set for everybody carries the request, inside greenlets and outside', (site) =>
  withAgent((agent) =>
    withGlobalDispatcher(agent, async () => {
      assert.is(await spawn(() => textOf(site.url('/text'))), 'hello');
      assert.is(await (await fetch(site.url('/json'))).text(), '{"answer":42}');
      assert.equal(agent.requests, ['/text', '/json']);
    }),
  ));

test('a plain Agent of npm’s undici counts as set by the program', async (site) => {
  const agent = new undici.Agent({ localAddress: '127.0.0.9' });
  const seen: (string | undefined)[] = [];
  site.on('/from', (request, response) => {
    seen.push(request.socket.remoteAddress);
    response.end();
  });

  await withGlobalDispatcher(agent, async () => {
    await spawn(() => textOf(site.url('/from')));
  });
  await agent.destroy();

  assert.equal(seen, ['127.0.0.9']);
});

test('Node’s own dispatcher with an interceptor, set for everybody, carries the request', async (site) => {
  const paths: (string | undefined)[] = [];
  const noting = undici.getGlobalDispatcher().compose((dispatch) => (options, handler) => {
    paths.push(options.path);
    return dispatch(options, handler);
  });

  await withGlobalDispatcher(noting, async () => {
    await spawn(() => textOf(site.url('/text')));
  });

  assert.equal(paths, ['/text']);
});

test('a global dispatcher is no longer used after it was replaced', (site) =>
  withAgent(async (agent) => {
    await withGlobalDispatcher(agent, async () => {});

    await spawn(() => textOf(site.url('/text')));

    assert.equal(agent.requests, []);
  }));

test('a dispatcher that an older undici sets carries the same requests as outside greenlets', (site) =>
  withAgent((agent) =>
    keepingGlobalDispatcher(async () => {
      undici.setGlobalDispatcher(undici.getGlobalDispatcher());
      (globalThis as unknown as Record<symbol, unknown>)[LEGACY] = agent;

      await (await fetch(site.url('/text'))).text();
      const outside = agent.requests.splice(0);
      await spawn(() => textOf(site.url('/text')));
      assert.equal(agent.requests, outside);
    }),
  ));

test('a MockAgent answers in greenlets as outside', async (site) => {
  const agent = new undici.MockAgent();
  agent.disableNetConnect();
  const pool = agent.get('http://mocked.invalid');
  pool.intercept({ path: '/page' }).reply(200, 'mocked').times(2);
  pool.intercept({ path: '/fails' }).replyWithError(new Error('mocked failure'));

  await withGlobalDispatcher(agent, async () => {
    assert.is(await spawn(() => textOf('http://mocked.invalid/page')), 'mocked');
    assert.is(await (await fetch('http://mocked.invalid/page')).text(), 'mocked');
    const error = await spawn(() => fetch('http://mocked.invalid/fails')).then(
      () => null,
      (failure: unknown) => (failure as Error).cause,
    );
    assert.match(String(error), 'mocked failure');
    agent.assertNoPendingInterceptors();
  });
  await agent.close();
  assert.is(site.connections, 0);
});

test('connections are used again by fetches that follow each other', async (site) => {
  const ports = new Set<number | undefined>();
  site.on('/port', (request, response) => {
    ports.add(request.socket.remotePort);
    response.end('port');
  });

  await spawn(function* () {
    for (let n = 0; n < 5; n += 1) {
      yield* textOf(site.url('/port'));
      // undici gets the connection back some turns of the event loop after the program has the text.
      for (let turns = 0; turns < 50; turns += 1) yield* turn();
    }
    // Longer than an unused connection is kept.
    yield* sleep(40);
    yield* textOf(site.url('/port'));
  });

  assert.is(ports.size, 1);
});

test('a connection that was used can take a slow upload', async (site) => {
  const slow = () =>
    new ReadableStream<Uint8Array>({
      async start(controller) {
        await new Promise((resolve) => setTimeout(resolve, 60));
        controller.enqueue(new TextEncoder().encode('late'));
        controller.close();
      },
    });

  const seen = await spawn(function* () {
    yield* textOf(site.url('/text'));
    const init = { method: 'POST', body: slow(), duplex: 'half' } as RequestInit;
    return JSON.parse(yield* textOf(site.url('/echo'), init)) as Echo;
  });

  assert.is(seen.body, 'late');
});

for (const [name, first] of [
  ['a program', ''],
  ['a program that has loaded npm’s undici first', "await import('undici');"],
]) {
  all(`${name} leaves no connection behind when it kills its fetches`, async () => {
    const site = await Site.open();
    try {
      let allArrived = (): void => {};
      const program = `
        ${first}
        (await import('greenhub/monkey')).patchAll();
        const arrived = new Event();
        process.on('SIGUSR2', () => arrived.set());
        const jobs = Array.from({ length: 20 }, () => spawn(() => fetch('${site.url('/hang')}')));
        await arrived.wait();
        await killall(jobs);
        // undici keeps an idle connection for longer than this.
        await sleep(2000);
        process.exit();
      `;
      const ended = runProgram(program, { started: (child) => (allArrived = () => child.kill('SIGUSR2')) });
      await site.arrived('/hang', 20);
      allArrived();

      const outcome = await Promise.race([site.deserted().then(() => 'free'), ended.then(() => 'left until the end')]);

      assert.is(outcome, 'free');
      assert.is((await ended).code, 0);
    } finally {
      await site.close();
    }
  });
}

all('a process ends by itself after its fetches', async () => {
  const site = await Site.open();
  try {
    const { code, stdout } = await runProgram(`
      (await import('greenhub/monkey')).patchAll();
      let start = 0;
      process.on('exit', () => console.log(performance.now() - start < 3000 ? 'at once' : 'late'));
      await spawn(function* () {
        yield* (yield* fetch('${site.url('/text')}')).text();
      });
      const gr = spawn(() => fetch('${site.url('/hang')}'));
      await sleep(50);
      await gr.kill();
      start = performance.now();
    `);

    assert.equal([code, stdout], [0, 'at once\n']);
  } finally {
    await site.close();
  }
});

all.run();
