import * as assert from 'uvu/assert';
import { AsyncResult, type Greenlet, getcurrent, greenlet, sleep, spawn } from '../../../lib/index.ts';
import { thrownBy } from '../../support/failure.ts';
import { suite } from '../../support/harness.ts';

const test = suite('link');
const boom = new Error('boom');
const fine = () => spawn(() => 'value');
const failing = () =>
  spawn(() => {
    throw boom;
  });
const killed = () => {
  const gr = spawn(() => sleep(Infinity));
  gr.kill();
  return gr;
};

/** Lets queued links run. */
async function settled(gr: Greenlet): Promise<void> {
  await gr.join();
  await sleep(0);
}

test('a link is called with the greenlet when it has ended', async () => {
  const seen: unknown[] = [];
  const gr = fine();

  gr.link((source) => {
    seen.push(source, source.dead);
  });
  assert.equal(seen, []);
  await settled(gr);

  assert.is(seen[0], gr);
  assert.is(seen[1], true);
});

test('link() fires for a value, an error and a kill alike', async () => {
  for (const make of [fine, failing, killed]) {
    let calls = 0;
    const gr: Greenlet = make();

    gr.link(() => {
      calls += 1;
    });
    await settled(gr);

    assert.is(calls, 1);
  }
});

test('linkValue() fires for a value only, linkException() for an error and a kill', async () => {
  for (const [make, expected] of [
    [fine, 'value'],
    [failing, 'exception'],
    [killed, 'exception'],
  ] as const) {
    const seen: string[] = [];
    const gr: Greenlet = make();

    gr.linkValue(() => seen.push('value'));
    gr.linkException(() => seen.push('exception'));
    await settled(gr);

    assert.equal(seen, [expected]);
  }
});

test('a link made after the end is called soon, and not at once', async () => {
  const gr = fine();
  await gr;
  let calls = 0;

  gr.link(() => {
    calls += 1;
  });
  assert.is(calls, 0);
  await sleep(0);

  assert.is(calls, 1);
});

test('links are called in the order of linking', async () => {
  const order: number[] = [];
  const gr = fine();
  for (const number of [1, 2, 3]) gr.link(() => order.push(number));

  await settled(gr);

  assert.equal(order, [1, 2, 3]);
});

test('links and joiners wake in the order in which they came', async () => {
  const order: string[] = [];
  const gr = spawn(() => sleep(1));
  const join = function* (name: string) {
    yield* gr.join();
    order.push(name);
  };
  spawn(join, 'join 1');
  await sleep(0);
  gr.link(() => order.push('link'));
  spawn(join, 'join 2');

  await gr;
  await sleep(0);

  assert.equal(order, ['join 1', 'link', 'join 2']);
});

test('unlink() takes a link back, one at a time', async () => {
  let calls = 0;
  const gr = fine();
  const callback = (): void => {
    calls += 1;
  };
  gr.link(callback);
  gr.link(callback);

  gr.unlink(callback);
  await settled(gr);

  assert.is(calls, 1);
});

test('unlink() of a callback that was never linked does nothing', () => {
  const gr = fine();

  gr.unlink(() => {});
});

test('a callback that unlinks the next one may do so', async () => {
  const order: string[] = [];
  const gr = fine();
  const second = (): void => void order.push('second');
  gr.link(() => {
    order.push('first');
    gr.unlink(second);
  });
  gr.link(second);

  await settled(gr);

  assert.is(order[0], 'first');
});

test('a link takes the error, so that it is not reported', async ({ reported }) => {
  const gr = failing();

  gr.link(() => {});
  await settled(gr);
  await new Promise(setImmediate);

  assert.is(reported.length, 0);
});

test('linkValue() does not take the error', async ({ reported }) => {
  const gr = failing();

  gr.linkValue(() => {});
  await new Promise(setImmediate);
  await new Promise(setImmediate);

  assert.is(reported.splice(0)[0]?.error, boom);
  assert.is(gr.dead, true);
});

test('a link that was taken back takes no error', async ({ reported }) => {
  const gr = failing();
  const callback = (): void => {};
  gr.link(callback);

  gr.unlink(callback);
  await new Promise(setImmediate);
  await new Promise(setImmediate);

  assert.is(reported.splice(0).length, 1);
});

test('a callback that throws is reported, and the other links still run', async ({ reported }) => {
  let calls = 0;
  const gr = fine();
  gr.link(() => {
    throw boom;
  });
  gr.link(() => {
    calls += 1;
  });

  await settled(gr);
  await new Promise(setImmediate);

  assert.is(calls, 1);
  assert.equal(
    reported.splice(0).map(({ error }) => error),
    [boom],
  );
});

test('a generator callback that blocks and then throws is reported too', async ({ reported }) => {
  const gr = fine();
  gr.link(function* () {
    yield* sleep(0);
    throw boom;
  });

  await settled(gr);
  await sleep(0);
  await new Promise(setImmediate);

  assert.equal(
    reported.splice(0).map(({ error }) => error),
    [boom],
  );
});

test('an async callback that rejects is reported, and is no unhandled rejection', async ({ reported }) => {
  const unhandled: unknown[] = [];
  const listener = (error: unknown): void => void unhandled.push(error);
  process.on('unhandledRejection', listener);
  const gr = fine();
  gr.link(async () => {
    throw boom;
  });

  await settled(gr);
  await new Promise(setImmediate);
  await new Promise(setImmediate);
  process.off('unhandledRejection', listener);

  assert.equal(unhandled, []);
  assert.equal(
    reported.splice(0).map(({ error }) => error),
    [boom],
  );
});

test('a callback may switch to a raw greenlet with yield*', async () => {
  const log: unknown[] = [];
  const raw = greenlet(function* (x: unknown) {
    log.push(x);
    yield* sleep(0);
    return 'from raw';
  });
  const gr = fine();
  gr.link(function* (source) {
    raw.parent = getcurrent();
    log.push(yield* raw.switch(source.value));
  });

  await settled(gr);
  await sleep(0);
  await sleep(0);

  assert.equal(log, ['value', 'from raw']);
});

test('an un-yielded switch in a callback is reported', async ({ reported }) => {
  const raw = greenlet(function* () {});
  const gr = fine();
  gr.link(() => {
    raw.switch();
  });

  await settled(gr);
  await new Promise(setImmediate);
  await new Promise(setImmediate);

  assert.is(reported.splice(0).length, 1);
  assert.is(raw.started, false);
});

test('an AsyncResult can be linked, and gets the value or the error', async () => {
  const value = new AsyncResult<unknown>();
  const error = new AsyncResult<unknown>();
  fine().link(value);
  failing().link(error);

  assert.is(await value.get(), 'value');
  assert.is(await error.get().then(null, (caught) => caught), boom);
});

test('a value that is neither a function nor an AsyncResult throws a TypeError at the caller', () => {
  const gr = fine();

  for (const method of ['link', 'linkValue', 'linkException'] as const) {
    assert.instance(
      thrownBy(() => gr[method](5 as never)),
      TypeError,
    );
  }
});

test.run();
