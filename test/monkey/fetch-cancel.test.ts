import { setImmediate as turn } from 'node:timers/promises';
import * as assert from 'uvu/assert';
import {
  call,
  Event,
  forEach,
  type Greenlet,
  GreenletExit,
  getcurrent,
  joinall,
  killall,
  Queue,
  shield,
  sleep,
  spawn,
  Timeout,
  until,
  wait,
  withTimeout,
} from '../../lib/index.ts';
import { VirtualClock } from '../../lib/testing/index.ts';
import { failureOf } from '../support/failure.ts';
import { suite } from '../support/harness.ts';
import { outcomeOf } from '../support/outcome.ts';
import { visiting } from '../support/patched.ts';
import type { Site } from '../support/site.ts';

const all = suite('fetch, cancelled');
const test = visiting(all);

type Body = ReadableStream<Uint8Array>;

/** A route whose body continues when the test says so. */
function gated(site: Site, path: string): { finish(): void } {
  const gate = { finish: (): void => {} };
  site.on(path, (_, response) => {
    response.writeHead(200).write('first ');
    gate.finish = () => response.end('second');
  });
  return gate;
}

for (const [name, path, body] of [
  ['before the headers', '/hang', (site: Site) => fetch(site.url('/hang'))],
  [
    'in the middle of the body',
    '/half',
    function* (site: Site) {
      yield* (yield* fetch(site.url('/half'))).text();
    },
  ],
  [
    'before the first byte of the body',
    '/headers',
    function* (site: Site) {
      yield* (yield* fetch(site.url('/headers'))).json();
    },
  ],
  [
    'in an arrayBuffer()',
    '/half',
    function* (site: Site) {
      yield* (yield* fetch(site.url('/half'))).arrayBuffer();
    },
  ],
  [
    'in a blob()',
    '/half',
    function* (site: Site) {
      yield* (yield* fetch(site.url('/half'))).blob();
    },
  ],
  [
    'in a read that it waits for through until()',
    '/half',
    function* (site: Site) {
      const response = yield* fetch(site.url('/half'));
      yield* until(response.text());
    },
  ],
  [
    'in a fetch that it waits for through a plain promise',
    '/hang',
    function* (site: Site) {
      yield* fetch(site.url('/hang')).then((response) => response.text());
    },
  ],
  [
    'while it streams',
    '/half',
    function* (site: Site) {
      const response = yield* fetch(site.url('/half'));
      yield* forEach(response.body as Body, () => {});
    },
  ],
  [
    'while it streams, before the first chunk',
    '/headers',
    function* (site: Site) {
      const response = yield* fetch(site.url('/headers'));
      yield* forEach(response.body as Body, () => {});
    },
  ],
  [
    'in the body of forEach',
    '/half',
    function* (site: Site) {
      const response = yield* fetch(site.url('/half'));
      yield* forEach(response.body as Body, () => sleep(100_000));
    },
  ],
  [
    'between headers and body',
    '/half',
    function* (site: Site) {
      const response = yield* fetch(site.url('/half'));
      yield* sleep(100_000);
      yield* response.text();
    },
  ],
  [
    'with a fetch that it has not waited for',
    '/hang',
    function* (site: Site) {
      void fetch(site.url('/hang'));
      yield* sleep(100_000);
    },
  ],
  [
    'with a read that it has not waited for',
    '/half',
    function* (site: Site) {
      const response = yield* fetch(site.url('/half'));
      void response.text();
      yield* sleep(100_000);
    },
  ],
  [
    'in a call()',
    '/hang',
    function* (site: Site) {
      yield* call(function* () {
        yield* fetch(site.url('/hang'));
      });
    },
  ],
] as const) {
  test(`a greenlet that is killed ${name} ends, runs its finally once and frees the connection`, async (site) => {
    let ended = 0;
    const gr = spawn(function* () {
      try {
        const result = body(site);
        if (result instanceof Promise) yield* result;
        else yield* result;
      } finally {
        ended += 1;
      }
    });
    await site.arrived(path);
    // The headers arrive together with the first bytes of the body.
    for (let turns = 0; turns < 20; turns += 1) await turn();

    await gr.kill();

    assert.instance(gr.exception, GreenletExit);
    assert.is(ended, 1);
    await site.deserted();
  });

  test(`withTimeout around a body that is ${name} throws Timeout and frees the connection`, async (site) => {
    let ended = 0;
    const gr = spawn(function* () {
      const { error } = yield* outcomeOf(
        withTimeout(60, function* () {
          try {
            const result = body(site);
            if (result instanceof Promise) yield* result;
            else yield* result;
          } finally {
            ended += 1;
          }
        }),
      );
      yield* sleep(0);
      return error;
    });

    assert.instance(await gr, Timeout);
    assert.is(ended, 1);
    await site.deserted();
  });
}

test('withTimeout takes the fetch itself', async (site) => {
  const gr = spawn(function* () {
    const { error } = yield* outcomeOf(withTimeout(50, fetch(site.url('/hang'))));
    yield* until(site.deserted());
    return error;
  });

  assert.instance(await gr, Timeout);
});

test('withTimeout takes the read itself, and gives its timeoutValue', async (site) => {
  const gr = spawn(function* () {
    const response = yield* fetch(site.url('/half'));
    const text = yield* withTimeout(20, response.text(), { timeoutValue: 'too late' });
    yield* until(site.deserted());
    return text;
  });

  assert.is(await gr, 'too late');
});

test('a withTimeout that is not used up gives the response, which outlives its scope', async (site) => {
  const gate = gated(site, '/gated');
  const gr = spawn(function* () {
    const response = yield* withTimeout(60_000, fetch(site.url('/gated')));
    const text = response.text();
    gate.finish();
    return yield* text;
  });

  assert.is(await gr, 'first second');
});

test('a response that comes out of a withTimeout body is not aborted when the time would have been up', async (site) => {
  const gate = gated(site, '/gated');
  using clock = VirtualClock.install({ autojump: false });
  const gr = spawn(function* () {
    const response = yield* withTimeout(30, function* () {
      return yield* fetch(site.url('/gated'));
    });
    yield* clock.advance(60);
    gate.finish();
    return yield* response.text();
  });

  assert.is(await gr, 'first second');
});

test('a greenlet killed in a fetch that it made outside the withTimeout it is in frees the connection', async (site) => {
  const gr = spawn(function* () {
    const response = yield* fetch(site.url('/half'));
    yield* withTimeout(60_000, function* () {
      yield* response.text();
    });
  });
  await site.arrived('/half');
  for (let turns = 0; turns < 20; turns += 1) await turn();

  await gr.kill();

  await site.deserted();
});

test('an inner timeout aborts its own fetch and leaves the others of the greenlet alone', async (site) => {
  const gate = gated(site, '/gated');
  const gr = spawn(function* () {
    const outer = yield* fetch(site.url('/gated'));
    const { error } = yield* outcomeOf(
      withTimeout(20, function* () {
        yield* fetch(site.url('/hang'));
      }),
    );
    gate.finish();
    return [error instanceof Timeout, yield* outer.text()];
  });

  assert.equal(await gr, [true, 'first second']);
});

for (const [name, ending] of [
  ['a kill', (gr: Greenlet<unknown>) => gr.kill()],
  ['a kill with a reason', (gr: Greenlet<unknown>) => gr.kill({ reason: new Error('reason') })],
  ['killall()', (gr: Greenlet<unknown>) => killall([gr])],
] as const) {
  test(`Promise.all over fetches is aborted by ${name}`, async (site, context) => {
    const gr = spawn(function* () {
      yield* Promise.all([fetch(site.url('/hang')), fetch(site.url('/hang')), fetch(site.url('/half'))]);
    });
    gr.link(() => {});
    await site.arrived('/hang', 2);
    await site.arrived('/half');

    await ending(gr);

    assert.is(gr.dead, true);
    await site.deserted();
    await turn();
    context.reported.length = 0;
  });
}

test('Promise.all over fetches is aborted by an enclosing withTimeout', async (site) => {
  const gr = spawn(function* () {
    return yield* withTimeout(50, function* () {
      yield* Promise.all([fetch(site.url('/hang')), fetch(site.url('/hang'))]);
    });
  });

  assert.instance(await failureOf(gr), Timeout);
  await site.deserted();
});

test('a kill aborts a Promise.all over reads, and the losers of a Promise.race', async (site) => {
  const gr = spawn(function* () {
    const responses = yield* Promise.all([fetch(site.url('/half')), fetch(site.url('/half'))]);
    yield* Promise.race([fetch(site.url('/hang')), Promise.resolve()]);
    yield* Promise.all(responses.map((response) => response.text()));
  });
  await site.arrived('/hang');

  await gr.kill();

  await site.deserted();
});

test('several fetches that were started and not awaited are aborted by a kill', async (site) => {
  const gr = spawn(function* () {
    const pending = Array.from({ length: 5 }, () => fetch(site.url('/hang')));
    yield* pending[0] as Promise<Response>;
  });
  await site.arrived('/hang', 5);

  await gr.kill();

  await site.deserted();
});

test('several fetches that were started and not awaited can be awaited later', async (site) => {
  const gr = spawn(function* () {
    const pending = Array.from({ length: 5 }, () => fetch(site.url('/text')));
    yield* sleep(1);
    const texts: string[] = [];
    for (const promise of pending) texts.push(yield* (yield* promise).text());
    return texts;
  });

  assert.equal(await gr, Array(5).fill('hello'));
});

test('a fetch without a waiter continues when its greenlet ends normally', async (site) => {
  const seen: { promise?: Promise<Response> } = {};
  await spawn(function* () {
    seen.promise = fetch(site.url('/text'));
    yield* sleep(0);
  });

  const response = (await seen.promise) as Response;

  assert.is(await response.text(), 'hello');
});

test('a greenlet that is killed while it wait()s for fetches aborts them', async (site) => {
  const gr = spawn(function* () {
    yield* wait([fetch(site.url('/hang')), fetch(site.url('/hang'))]);
  });
  await site.arrived('/hang', 2);

  await gr.kill();

  await site.deserted();
});

test('fetch that is spawned as it is, is aborted by a kill', async (site) => {
  const jobs = [spawn(fetch, site.url('/hang')), spawn(() => fetch(site.url('/hang')))];
  await site.arrived('/hang', 2);

  await killall(jobs);

  await site.deserted();
});

test('a response that another greenlet reads survives the kill of its maker', async (site) => {
  const gate = gated(site, '/gated');
  const handed = new Queue<Response>();
  const reading = new Event();
  const maker = spawn(function* () {
    handed.putNowait(yield* fetch(site.url('/gated')));
    yield* sleep(100_000);
  });
  const reader = spawn(function* () {
    const response = yield* handed.get();
    const text = response.text();
    reading.set();
    return yield* text;
  });
  await reading.wait();

  await maker.kill();
  gate.finish();

  assert.is(await reader, 'first second');
});

test('a response that another greenlet streams survives the kill of its maker', async (site) => {
  const gate = gated(site, '/gated');
  const handed = new Queue<Response>();
  const reading = new Event();
  const maker = spawn(function* () {
    handed.putNowait(yield* fetch(site.url('/gated')));
    yield* sleep(100_000);
  });
  const reader = spawn(function* () {
    const response = yield* handed.get();
    let text = '';
    yield* forEach(response.body as Body, (chunk) => {
      text += Buffer.from(chunk).toString();
      reading.set();
    });
    return text;
  });
  await reading.wait();

  await maker.kill();
  gate.finish();

  assert.is(await reader, 'first second');
});

test('a response that main reads survives the kill of its maker', async (site) => {
  const gate = gated(site, '/gated');
  const handed = new Queue<Response>();
  const maker = spawn(function* () {
    handed.putNowait(yield* fetch(site.url('/gated')));
    yield* sleep(100_000);
  });
  const response = await handed.get();
  const text = response.text();

  await maker.kill();
  gate.finish();

  assert.is(await text, 'first second');
});

test('a response that main streams survives the kill of its maker', async (site) => {
  const gate = gated(site, '/gated');
  const handed = new Queue<Response>();
  const maker = spawn(function* () {
    handed.putNowait(yield* fetch(site.url('/gated')));
    yield* sleep(100_000);
  });
  const response = await handed.get();
  const reader = (response.body as Body).getReader();
  const first = await reader.read();

  await maker.kill();
  gate.finish();
  const second = await reader.read();

  assert.equal(
    [first, second].map(({ value }) => Buffer.from(value as Uint8Array).toString()),
    ['first ', 'second'],
  );
});

test('a response survives the ordinary end of its maker, read in main or in another greenlet', async (site) => {
  for (const read of [(response: Response) => response.text(), (response: Response) => spawn(() => response.text())]) {
    const gate = gated(site, '/gated');
    const response = await spawn(() => fetch(site.url('/gated')));
    const text = read(response);
    await sleep(1);
    gate.finish();

    assert.is(await text, 'first second');
  }
});

test('a greenlet that is killed while it reads the response of another aborts it', async (site) => {
  const response = await spawn(() => fetch(site.url('/half')));
  const reader = spawn(function* () {
    yield* response.text();
  });
  await sleep(0);

  await reader.kill();

  await site.deserted();
});

test('a greenlet that is killed while it streams the response of another aborts it', async (site) => {
  const response = await spawn(() => fetch(site.url('/half')));
  const reader = spawn(() => forEach(response.body as Body, () => {}));
  await sleep(0);

  await reader.kill();

  await site.deserted();
});

test('a fetch in a finally, under shield, is carried out in a killed greenlet', async (site) => {
  const texts: string[] = [];
  const gr = spawn(function* () {
    try {
      yield* fetch(site.url('/hang'));
    } finally {
      yield* shield(function* () {
        const response = yield* fetch(site.url('/text'));
        texts.push(yield* response.text());
        const streamed = yield* fetch(site.url('/text'));
        yield* forEach(streamed.body as Body, (chunk) => texts.push(Buffer.from(chunk).toString()));
      });
    }
  });
  await site.arrived('/hang');

  await gr.kill();

  assert.equal(texts, ['hello', 'hello']);
  assert.instance(gr.exception, GreenletExit);
});

test('a fetch under shield is not aborted by a kill that comes meanwhile', async (site) => {
  const gate = gated(site, '/gated');
  const texts: string[] = [];
  const gr = spawn(() =>
    shield(function* () {
      texts.push(yield* (yield* fetch(site.url('/gated'))).text());
    }),
  );
  await site.arrived('/gated');

  const killed = gr.kill();
  await turn();
  gate.finish();
  await killed;

  assert.equal(texts, ['first second']);
});

test('a fetch in a finally without shield, in a killed greenlet, is aborted at once', async (site) => {
  let asked = 0;
  const gr = spawn(function* () {
    try {
      yield* sleep(100_000);
    } finally {
      asked += 1;
      yield* fetch(site.url('/hang'));
      asked += 1;
    }
  });
  await sleep(0);

  await gr.kill();

  assert.is(asked, 1);
  assert.instance(gr.exception, GreenletExit);
  await site.deserted();
});

test('a fetch that a killed greenlet starts and never waits for is aborted without an unhandled rejection', async (site) => {
  const gr = spawn(function* () {
    try {
      yield* sleep(100_000);
    } finally {
      void fetch(site.url('/hang'));
    }
  });
  await sleep(0);

  await gr.kill();
  for (let turns = 0; turns < 5; turns += 1) await turn();

  await site.deserted();
});

test('a read that an already killed greenlet starts is aborted', async (site) => {
  const gr = spawn(function* () {
    const response = yield* shield(() => fetch(site.url('/half')));
    try {
      yield* sleep(100_000);
    } finally {
      yield* response.text();
    }
  });
  await site.arrived('/half');
  for (let turns = 0; turns < 20; turns += 1) await turn();

  await gr.kill();

  await site.deserted();
});

test('a greenlet that loops on fetch and catches everything is stopped by kill()', async (site) => {
  for (const path of ['/text', '/hang']) {
    const gr = spawn(function* () {
      for (;;) {
        try {
          yield* fetch(site.url(path));
        } catch {}
      }
    });
    await site.arrived(path);

    await gr.kill();

    assert.is(gr.dead, true);
    assert.instance(gr.exception, GreenletExit);
  }
});

test('a greenlet that loops on fetch and read and catches everything is stopped by kill()', async (site) => {
  const gr = spawn(function* () {
    for (;;) {
      try {
        yield* (yield* fetch(site.url('/half'))).text();
      } catch {}
    }
  });
  await site.arrived('/half');

  await gr.kill();

  assert.is(gr.dead, true);
  await site.deserted();
});

test('withTimeout stops a loop on fetch that catches everything, and its greenlet continues', async (site) => {
  for (const path of ['/text', '/hang', '/half']) {
    const gr = spawn(function* () {
      const { error } = yield* outcomeOf(
        withTimeout(40, function* () {
          for (;;) {
            try {
              yield* (yield* fetch(site.url(path))).text();
            } catch {}
          }
        }),
      );
      const response = yield* fetch(site.url('/text'));
      return [error instanceof Timeout, yield* response.text()];
    });

    assert.equal(await gr, [true, 'hello']);
  }
});

test('a Timeout object ends a fetch, and the connection is freed', async (site) => {
  const gr = spawn(function* () {
    const timeout = Timeout.startNew(30);
    try {
      yield* fetch(site.url('/hang'));
    } catch (error) {
      yield* until(site.deserted());
      return error === timeout;
    } finally {
      timeout.close();
    }
  });

  assert.is(await gr, true);
});

test('a greenlet that catches an aborted fetch’s kill and returns has its value', async (site) => {
  const gr = spawn(function* () {
    try {
      yield* fetch(site.url('/hang'));
    } catch (error) {
      return error instanceof GreenletExit;
    }
  });
  await site.arrived('/hang');

  await gr.kill();

  assert.is(await gr, true);
});

test('the greenlet sees the reason of a kill, even if its own signal is aborted at the same time', async (site) => {
  const reason = new Error('reason');
  const controller = new AbortController();
  const gr = spawn(function* () {
    try {
      yield* fetch(site.url('/hang'), { signal: controller.signal });
    } catch (error) {
      return error;
    }
  });
  await site.arrived('/hang');

  gr.kill({ reason });
  controller.abort(new Error('not this'));

  assert.is(await gr, reason);
});

test('the fetches of a greenlet that fails continue', async (site) => {
  const gate = gated(site, '/gated');
  const seen: { promise?: Promise<Response> } = {};
  const gr = spawn(function* () {
    seen.promise = fetch(site.url('/gated'));
    yield* sleep(0);
    throw new RangeError('of its own');
  });
  assert.instance(await failureOf(gr), RangeError);

  const response = (await seen.promise) as Response;
  gate.finish();

  assert.is(await response.text(), 'first second');
});

test('1,000 greenlets killed in mid-fetch leave no connection, no unhandled rejection, and run each finally once', async (site) => {
  const count = 1000;
  const ended = new Array<number>(count).fill(0);
  let reading = 0;
  const allReading = new Event();
  const jobs = Array.from({ length: count }, (_, index) =>
    spawn(function* () {
      try {
        const response = yield* fetch(site.url(index % 2 === 0 ? '/hang' : '/half'));
        reading += 1;
        if (reading === count / 2) allReading.set();
        yield* response.text();
      } finally {
        ended[index] = (ended[index] ?? 0) + 1;
      }
    }),
  );
  await site.arrived('/hang', count / 2);
  await allReading.wait();

  await killall(jobs);

  assert.is(jobs.filter((job) => job.exception instanceof GreenletExit).length, count);
  assert.equal([...new Set(ended)], [1]);
  await site.deserted();
});

test('1,000 greenlets killed while they connect leave no connection', async (site) => {
  const jobs = Array.from({ length: 1000 }, () => spawn(() => fetch(site.url('/hang'))));
  await sleep(0);

  await killall(jobs);
  for (let turns = 0; turns < 20; turns += 1) await turn();

  await site.deserted();
});

test('1,000 greenlets of which a part is killed at any moment: the others get their texts', async (site) => {
  const jobs = Array.from({ length: 1000 }, () =>
    spawn(function* () {
      const response = yield* fetch(site.url('/text'));
      return yield* response.text();
    }),
  );
  const [killed, left] = [jobs.filter((_, index) => index % 3 === 0), jobs.filter((_, index) => index % 3 !== 0)];

  for (const job of killed) {
    void job.kill();
    await turn();
  }
  await joinall(left, { raiseError: true });

  assert.equal([...new Set(left.map((job) => job.value))], ['hello']);
});

test('getcurrent().signal is aborted before an aborted fetch is seen to fail', async (site) => {
  const seen: boolean[] = [];
  const gr: Greenlet<void> = spawn(function* () {
    const { signal } = getcurrent() as Greenlet<void>;
    try {
      yield* fetch(site.url('/hang'));
    } finally {
      seen.push(signal.aborted);
    }
  });
  await site.arrived('/hang');

  await gr.kill();

  assert.equal(seen, [true]);
});

all.run();
