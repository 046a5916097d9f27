import { setImmediate as turn } from 'node:timers/promises';
import * as assert from 'uvu/assert';
import { Event, type Greenlet, getcurrent, sleep } from '../../lib/index.ts';
import { signalHandler } from '../../lib/monkey/index.ts';
import { runProgram } from '../support/child.ts';
import { thrownBy } from '../support/failure.ts';
import { suite, type Test } from '../support/harness.ts';

const all = suite('signal-handler');

/** A test that keeps the event loop alive, because signal handlers do not. */
const test: Test = (name, body) =>
  all(name, async (context) => {
    const stay = setInterval(() => {}, 1_000);
    try {
      await body(context);
    } finally {
      clearInterval(stay);
    }
  });
const main = getcurrent();
const SIGNAL = 'SIGUSR2';

const send = (): void => void process.kill(process.pid, SIGNAL);

test('a handler is spawned as a greenlet with its arguments, at each signal', async () => {
  const twice = new Event();
  const seen: unknown[][] = [];
  using _ = signalHandler(
    SIGNAL,
    function* (...args: unknown[]) {
      yield* sleep(0);
      seen.push([getcurrent() !== main, ...args]);
      if (seen.length === 2) twice.set();
      else send();
    },
    'one',
    2,
  );
  send();

  await twice.wait();

  assert.equal(seen, [
    [true, 'one', 2],
    [true, 'one', 2],
  ]);
});

test('cancel() and the end of a using block take it away, once', async () => {
  const before = process.listenerCount(SIGNAL);
  const handle = signalHandler(SIGNAL, function* () {});
  {
    using other = signalHandler(SIGNAL, function* () {});
    assert.is(other.signal, SIGNAL);
    assert.is(process.listenerCount(SIGNAL), before + 2);
  }
  assert.is(process.listenerCount(SIGNAL), before + 1);

  handle.cancel();
  handle.cancel();

  assert.is(process.listenerCount(SIGNAL), before);
});

test('cancel() leaves a greenlet that was spawned alone', async () => {
  const begun = new Event();
  const go = new Event();
  const seen: Greenlet<unknown>[] = [];
  const handle = signalHandler(SIGNAL, function* () {
    seen.push(getcurrent() as Greenlet<unknown>);
    begun.set();
    yield* go.wait();
    return 'done';
  });
  send();
  await begun.wait();

  handle.cancel();
  go.set();

  assert.is(await seen[0], 'done');
});

test('all handlers of a signal run, including those of the program', async () => {
  const seen: string[] = [];
  const all = new Event();
  const note = (name: string): void => {
    seen.push(name);
    if (seen.length === 3) all.set();
  };
  const own = (): void => note('listener');
  process.on(SIGNAL, own);
  using _ = signalHandler(
    SIGNAL,
    function* (name: string) {
      note(name);
    },
    'one',
  );
  using __ = signalHandler(SIGNAL, note, 'two');
  send();

  await all.wait();
  process.off(SIGNAL, own);

  assert.equal(seen.sort(), ['listener', 'one', 'two']);
});

test('an error of a handler goes to hub.handleError, and the next signal is handled', async (context) => {
  const boom = new Error('boom');
  const ran = new Event();
  using _ = signalHandler(SIGNAL, function* () {
    ran.set();
    throw boom;
  });
  for (let n = 0; n < 2; n += 1) {
    ran.clear();
    send();
    await ran.wait();
    await turn();
    await turn();
  }

  assert.equal(
    context.reported.splice(0).map(({ error }) => error),
    [boom, boom],
  );
});

test('an unknown signal, and a handler that is not a function, are refused', () => {
  for (const wrong of ['SIGFOO', 'sigint', '', 2, undefined, 'toString']) {
    assert.instance(
      thrownBy(() => signalHandler(wrong as never, function* () {})),
      TypeError,
    );
  }
  assert.instance(
    thrownBy(() => signalHandler(SIGNAL, 'handler' as never)),
    TypeError,
  );
  for (const never of ['SIGKILL', 'SIGSTOP'] as const) {
    assert.is((thrownBy(() => signalHandler(never, function* () {})) as NodeJS.ErrnoException).code, 'EINVAL');
  }
});

test('while a handler is installed the default action does not happen; afterwards it does', async () => {
  const { code, signal, stdout, stderr } = await runProgram(
    `
    const { signalHandler } = await import('greenhub/monkey');
    const handled = new Event();
    const handle = signalHandler('SIGINT', function* () { console.log('handled'); handled.set(); });
    const stay = setInterval(() => {}, 1000);
    console.log('ready');
    await handled.wait();
    handle.cancel();
    console.log('ready');
  `,
    { signals: ['SIGINT', 'SIGINT'] },
  );

  assert.equal([code, signal, stdout], [null, 'SIGINT', 'ready\nhandled\nready\n'], stderr);
});

test('run() leaves a signal to its handler, and kills main again when that is cancelled', async () => {
  const { code, stdout, stderr } = await runProgram(
    `
    const { signalHandler } = await import('greenhub/monkey');
    const handled = new Event();
    const handle = signalHandler('SIGINT', function* () { console.log('handled'); handled.set(); });
    const stay = setInterval(() => {}, 1_000);
    run(function* () {
      try {
        console.log('ready');
        yield* handled.wait();
        handle.cancel();
        handle.cancel();
        console.log('ready');
        yield* sleep(100_000);
      } finally {
        clearInterval(stay);
        console.log('killed');
      }
    });
  `,
    { signals: ['SIGINT', 'SIGINT'] },
  );

  assert.equal([code, stdout], [130, 'ready\nhandled\nready\nkilled\n'], stderr);
});

test('a handler does not keep the process alive', async () => {
  const { code, stdout, stderr } = await runProgram(`
    const { signalHandler } = await import('greenhub/monkey');
    signalHandler('SIGINT', function* () {});
    console.log('end');
  `);

  assert.equal([code, stdout], [0, 'end\n'], stderr);
});

all.run();
