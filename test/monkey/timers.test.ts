import { AsyncLocalStorage } from 'node:async_hooks';
import timersModule, { setTimeout as namedTimeout } from 'node:timers';
import timersPromises, {
  scheduler as namedScheduler,
  setImmediate as namedTurn,
  setTimeout as namedWait,
} from 'node:timers/promises';
import { inspect, promisify } from 'node:util';
import * as assert from 'uvu/assert';
import {
  AsyncResult,
  Event,
  forEach,
  type Greenlet,
  getcurrent,
  sleep,
  spawn,
  Timeout,
  withTimeout,
} from '../../lib/index.ts';
import { getOriginal, patchAll, unpatchAll } from '../../lib/monkey/index.ts';
import { waitAllBlocked } from '../../lib/testing/index.ts';
import { runProgram } from '../support/child.ts';
import { failureOf } from '../support/failure.ts';
import { suite } from '../support/harness.ts';
import { outcomeOf } from '../support/outcome.ts';
import { patching } from '../support/patched.ts';

const all = suite('timers');
const test = patching(all);
const main = getcurrent();

/** How many of Node's timers are running. */
const running = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;

const LONG = 1_000_000;

for (const [name, start] of [
  ['setTimeout', () => timersPromises.setTimeout(LONG)],
  ['a named import of setTimeout', () => namedWait(LONG)],
  ['scheduler.wait', () => timersPromises.scheduler.wait(LONG)],
  ['a named import of scheduler', () => namedScheduler.wait(LONG)],
  ['promisify(setTimeout)', () => promisify(setTimeout)(LONG)],
] as const) {
  test(`${name} of timers/promises is cleared when its waiter is killed`, async () => {
    const before = running();
    let ended = 0;
    const gr = spawn(function* () {
      try {
        yield* start();
      } finally {
        ended += 1;
      }
    });
    await namedTurn();
    assert.is(running(), before + 1);

    await gr.kill();

    assert.is(running(), before);
    assert.is(ended, 1);
  });

  test(`${name} of timers/promises is cleared when its waiter is timed out`, async () => {
    const before = running();

    const gr = spawn(function* () {
      return yield* outcomeOf(withTimeout(5, start()));
    });

    assert.instance((await gr).error, Timeout);
    assert.is(running(), before);
  });

  test(`${name} of timers/promises is cleared in a Promise.all, or not yet waited for, by a kill`, async () => {
    const before = running();
    const gr = spawn(function* () {
      void start();
      yield* Promise.all([start(), start()]);
    });
    await namedTurn();
    assert.is(running(), before + 3);

    await gr.kill();

    assert.is(running(), before);
  });
}

test('timers/promises give their value in greenlets', async () => {
  const gr = spawn(function* () {
    return [
      yield* timersPromises.setTimeout(1, 'timeout'),
      yield* timersPromises.setImmediate('immediate'),
      yield* timersPromises.scheduler.wait(1),
      yield* timersPromises.setTimeout(1),
      yield* timersPromises.setTimeout(),
      yield* timersPromises.scheduler.yield(),
    ];
  });

  assert.equal(await gr, ['timeout', 'immediate', undefined, undefined, undefined, undefined]);
});

test('setImmediate of timers/promises is cancelled with its waiter', async () => {
  const gr = spawn(function* () {
    // A microtask comes before the event loop turns.
    queueMicrotask(() => gr.kill());
    yield* timersPromises.setImmediate();
    return 'too far';
  });

  await gr.join();

  assert.is(gr.value, undefined);
});

test('a greenlet that loops on timers/promises and catches everything is stopped by a kill', async () => {
  const gr = spawn(function* () {
    for (;;) {
      try {
        yield* timersPromises.setTimeout(LONG);
      } catch {}
    }
  });
  await sleep(0);

  await gr.kill();

  assert.is(gr.dead, true);
});

test('setInterval of timers/promises goes through forEach, and is cleared when the greenlet is killed in it', async () => {
  const before = running();
  const twice = new Event();
  let ticks = 0;
  const gr = spawn(() =>
    forEach(timersPromises.setInterval(1, 'tick'), (value) => {
      assert.is(value, 'tick');
      ticks += 1;
      if (ticks === 2) twice.set();
    }),
  );
  await twice.wait();

  await gr.kill();
  for (let turns = 0; turns < 50 && running() > before; turns += 1) await sleep(1);

  assert.is(running(), before);
});

test('setInterval of timers/promises is cleared when its waiter is killed before a tick', async () => {
  const before = running();
  const gr = spawn(() => forEach(timersPromises.setInterval(3000), () => {}));
  await namedTurn();
  assert.is(running(), before + 1);

  await gr.kill();
  for (let turns = 0; turns < 5; turns += 1) await namedTurn();
  const left = running() - before;
  // A timer that is left would keep the process alive, and the harness would find the greenlet that waits for it.
  for (let turns = 0; turns < 400 && running() > before; turns += 1) await sleep(10);

  assert.is(left, 0);
});

for (const where of ['inside', 'outside'] as const) {
  const settle = <T>(start: () => Promise<T>): PromiseLike<T> => (where === 'inside' ? spawn(start) : start());

  test(`${where} greenlets the signals of timers/promises are honoured`, async () => {
    for (const start of [
      (signal: AbortSignal): Promise<unknown> => timersPromises.setTimeout(LONG, 'value', { signal }),
      (signal: AbortSignal): Promise<unknown> => timersPromises.setImmediate('value', { signal }),
      (signal: AbortSignal): Promise<unknown> => timersPromises.scheduler.wait(LONG, { signal }),
    ]) {
      const before = running();
      const controller = new AbortController();
      const pending = settle(() => start(controller.signal));
      const failed = failureOf(pending);
      await sleep(0);
      controller.abort(new Error('enough'));
      const already = failureOf(settle(() => start(AbortSignal.abort(new Error('before')))));

      for (const [error, cause] of [
        [await failed.catch(() => null), 'enough'],
        [await already, 'before'],
      ] as [Error & { code?: string }, string][]) {
        // An immediate may have run before the signal comes.
        if (error === null) continue;
        assert.equal([error.name, error.code], ['AbortError', 'ABORT_ERR']);
        assert.is((error.cause as Error).message, cause);
      }
      assert.is(running(), before);
    }
  });

  test(`${where} greenlets wrong arguments of timers/promises are refused by a rejection`, async () => {
    for (const args of [
      [1, 'value', 'no options'],
      [1, 'value', { signal: 'no signal' }],
      [1, 'value', { signal: {} }],
      [1, 'value', { ref: 'yes' }],
      [1, 'value', null],
      [1, 'value', 5],
    ]) {
      const start = (): Promise<unknown> =>
        (timersPromises.setTimeout as (...args: unknown[]) => Promise<unknown>)(...args);
      const error = await settle(() => start().catch((failure: unknown) => failure) as Promise<unknown>);

      assert.is((error as NodeJS.ErrnoException | undefined)?.code, 'ERR_INVALID_ARG_TYPE', inspect(args));
    }
  });
}

test('ref: false is kept in a greenlet', async () => {
  const before = running();
  const gr = spawn(() => timersPromises.setTimeout(LONG, 'value', { ref: false }));
  await namedTurn();

  assert.is(running(), before);
  await gr.kill();
});

for (const name of ['setTimeout', 'setInterval', 'setImmediate'] as const) {
  const start = (fn: (...args: unknown[]) => unknown, ...args: unknown[]): unknown => {
    const timer = globalThis[name] as unknown as (...args: unknown[]) => unknown;
    return name === 'setImmediate' ? timer(fn, ...args) : timer(fn, 1, ...args);
  };
  const clear = (timer: unknown): void =>
    name === 'setImmediate' ? clearImmediate(timer as NodeJS.Immediate) : clearTimeout(timer as NodeJS.Timeout);

  test(`a generator function given to ${name} is spawned as a greenlet with its arguments`, async () => {
    for (const where of ['inside', 'outside']) {
      const result = new AsyncResult<unknown[]>();
      const go = (): unknown =>
        start(
          function* body(...args: unknown[]) {
            yield* sleep(0);
            result.set([getcurrent() !== main, ...args]);
          } as (...args: unknown[]) => unknown,
          'one',
          2,
        );
      const timer = where === 'inside' ? await spawn(() => ({ timer: go() })) : { timer: go() };

      assert.equal(await result.get(), [true, 'one', 2]);
      clear(timer.timer);
    }
  });

  test(`an error of a generator function given to ${name} goes to hub.handleError`, async (context) => {
    const boom = new Error('boom');
    const ran = new Event();
    const timer = start(function* fails() {
      ran.set();
      yield* sleep(0);
      throw boom;
    });
    await ran.wait();
    clear(timer);
    for (let turns = 0; turns < 3; turns += 1) await namedTurn();

    const reported = context.reported.splice(0);

    assert.equal(
      reported.map(({ error }) => error),
      [boom],
    );
  });

  test(`a generator function given to ${name} and cleared before its time never runs`, async () => {
    let ran = false;
    const timer = start(function* () {
      ran = true;
    });
    clear(timer);
    await sleep(5);

    assert.is(ran, false);
  });

  test(`${name} sees the AsyncLocalStorage values of where it was called`, async () => {
    const storage = new AsyncLocalStorage<string>();
    const result = new AsyncResult<unknown>();
    const timer = storage.run('value', () =>
      start(function* () {
        yield* sleep(0);
        if (!result.ready()) result.set(storage.getStore());
      }),
    );

    assert.is(await result.get(), 'value');
    clear(timer);
  });

  test(`${name} of the module timers is the patched one too, and looks like the original`, () => {
    const original = getOriginal<(...args: unknown[]) => unknown>('timers', name);
    const patched = globalThis[name];

    assert.is(timersModule[name] as unknown, patched);
    assert.equal([patched.name, patched.length, typeof patched], [original.name, original.length, 'function']);
    assert.is(inspect(patched), inspect(original));
    assert.equal(
      Reflect.ownKeys(patched).filter((key) => typeof key === 'symbol'),
      Reflect.ownKeys(original).filter((key) => typeof key === 'symbol'),
    );
  });

  test(`${name} refuses a value that is not a function, as without the patch`, () => {
    for (const wrong of [undefined, null, 'code', {}]) {
      try {
        start(wrong as never);
        assert.unreachable();
      } catch (error) {
        assert.is((error as NodeJS.ErrnoException).code, 'ERR_INVALID_ARG_TYPE');
      }
    }
  });
}

test('an interval spawns its generator function each time, until it is cleared', async () => {
  const three = new Event();
  const seen: Greenlet<unknown>[] = [];
  const timer = setInterval(function* () {
    seen.push(getcurrent() as Greenlet<unknown>);
    if (seen.length === 3) {
      clearInterval(timer);
      three.set();
    }
  }, 1);

  await three.wait();
  await sleep(5);

  assert.is(new Set(seen).size, 3);
});

test('a generator function has the timer as `this`, as a plain one has', async () => {
  const seen = new AsyncResult<unknown>();
  const timer = setInterval(
    function* (this: NodeJS.Timeout) {
      clearInterval(this);
      seen.set(this);
    } as () => unknown,
    1,
  );

  assert.is(await seen.get(), timer);
  clearInterval(timer);
});

test('an interval spawns also while the greenlet of the last tick is still running', async () => {
  const two = new Event();
  const go = new Event();
  const running: Greenlet<unknown>[] = [];
  const timer = setInterval(function* () {
    running.push(getcurrent() as Greenlet<unknown>);
    if (running.length === 2) {
      clearInterval(timer);
      two.set();
    }
    yield* go.wait();
    return 'done';
  }, 1);

  await two.wait();
  go.set();

  assert.equal([await running[0], await running[1]], ['done', 'done']);
});

for (const [name, start, clear] of [
  ['setTimeout', (fn: () => unknown) => setTimeout(fn, 1), clearTimeout],
  ['setInterval', (fn: () => unknown) => setInterval(fn, 1), clearInterval],
  ['setImmediate', (fn: () => unknown) => setImmediate(fn), clearImmediate],
] as const) {
  test(`clearing the timer of ${name} does not kill a spawned greenlet`, async () => {
    const begun = new Event();
    const go = new Event();
    const seen: Greenlet<unknown>[] = [];
    const timer = start(function* () {
      seen.push(getcurrent() as Greenlet<unknown>);
      begun.set();
      yield* go.wait();
      return 'done';
    });
    await begun.wait();

    clear(timer as never);
    go.set();

    assert.is(await seen[0], 'done');
  });
}

test('setTimeout with a plain callback is Node’s: a Timeout with all that it can do', async () => {
  const args: unknown[] = [];
  const done = new Event();
  const timer = setTimeout(
    (...given) => {
      args.push(...given, getcurrent() === main);
      done.set();
    },
    1,
    'one',
    2,
  );

  assert.is(timer.constructor.name, 'Timeout');
  assert.is(timer.hasRef(), true);
  assert.is(timer.unref(), timer);
  assert.is(timer.hasRef(), false);
  assert.is(timer.ref(), timer);
  assert.is(timer.refresh(), timer);
  assert.is(typeof timer[Symbol.toPrimitive](), 'number');
  await done.wait();
  assert.equal(args, ['one', 2, true]);
});

test('setTimeout with a generator function gives a Timeout that can be cleared by its number', async () => {
  let ran = false;
  const timer = setTimeout(function* () {
    ran = true;
  }, 1);

  assert.is(timer.constructor.name, 'Timeout');
  clearTimeout(timer[Symbol.toPrimitive]());
  await sleep(5);

  assert.is(ran, false);
});

test('the callbacks of timers run in the order that they had', async () => {
  const order: string[] = [];
  const done = new Event();
  const note = (name: string): void => {
    order.push(name);
    if (order.length === 4) done.set();
  };
  setTimeout(note, 1, 'timeout');
  setImmediate(note, 'immediate');
  queueMicrotask(() => note('microtask'));
  process.nextTick(note, 'tick');

  await done.wait();

  assert.equal(
    order,
    ['tick', 'microtask', 'immediate', 'timeout'].sort((a, b) => order.indexOf(a) - order.indexOf(b)),
  );
  assert.ok(
    order.indexOf('tick') < order.indexOf('immediate') && order.indexOf('microtask') < order.indexOf('immediate'),
  );
});

test('util.promisify finds the promise form', async () => {
  assert.is(promisify(setTimeout) as unknown, timersPromises.setTimeout);
  assert.is(promisify(setImmediate) as unknown, timersPromises.setImmediate);
  assert.is(await promisify(setTimeout)(1, 'value'), 'value');
});

test('the patched functions of timers/promises look like the originals, and are Node’s outside', async () => {
  for (const name of ['setTimeout', 'setImmediate'] as const) {
    const original = getOriginal<(...args: unknown[]) => unknown>('timers/promises', name);
    const patched = timersPromises[name];
    assert.equal([patched.name, patched.length], [original.name, original.length]);
    assert.is(inspect(patched), inspect(original));
  }
  const promise = timersPromises.setTimeout(1, 'value');
  assert.is(Object.hasOwn(promise, Symbol.iterator), false);
  assert.is(await promise, 'value');
});

test('the scheduler looks as it did', () => {
  const text = inspect(timersPromises.scheduler, { showHidden: true });
  const keys = Object.keys(timersPromises.scheduler);
  unpatchAll();

  assert.is(text, inspect(timersPromises.scheduler, { showHidden: true }));
  assert.equal(keys, Object.keys(timersPromises.scheduler));
});

test('named imports are rebound, and set back by unpatchAll()', () => {
  assert.is(namedTimeout, timersModule.setTimeout);
  assert.is(namedTimeout, globalThis.setTimeout);
  assert.is(namedWait, timersPromises.setTimeout);
  const [patched, wait] = [namedTimeout, namedWait];

  unpatchAll();

  assert.is.not(namedTimeout, patched);
  assert.is.not(namedWait, wait);
  assert.is(namedTimeout, timersModule.setTimeout);
  patchAll();
});

all('named imports made before and after patching are cancelled with their waiter', async () => {
  const { code, stdout, stderr } = await runProgram(`
    import { setTimeout as before } from 'node:timers/promises';
    import { setTimeout as callbackTimer } from 'node:timers';
    (await import('greenhub/monkey')).patchAll();
    const { setTimeout: after } = await import('node:timers/promises');
    // A timer that is left would keep the process from ending.
    const jobs = [before, after].map((wait) => spawn(function* () { yield* wait(${LONG}); }));
    const spawned = new Event();
    callbackTimer(function* () { spawned.set(); yield* sleep(0); }, 1);
    await spawned.wait();
    await killall(jobs);
    console.log('cleared');
  `);

  assert.equal([code, stdout], [0, 'cleared\n'], stderr);
});

test('a step of an interval without a waiter causes no unhandled rejection when its greenlet is killed', async () => {
  const gr = spawn(function* () {
    const ticks = timersPromises.setInterval(LONG)[Symbol.asyncIterator]();
    void ticks.next();
    yield* sleep(LONG);
  });
  await waitAllBlocked();
  await gr.kill();
  // whilePatched() fails the test for an unhandled rejection.
});

test('an interval has no more ticks after return()', async () => {
  await spawn(function* () {
    const ticks = timersPromises.setInterval(1)[Symbol.asyncIterator]();
    yield* ticks.next();
    yield* (ticks.return as () => Promise<unknown>)();
    assert.equal(yield* ticks.next(), { done: true, value: undefined });
  });
});

test('a global timer that the program has replaced before is called, and the module has its own', () => {
  unpatchAll();
  const own = globalThis.setTimeout;
  const calls: unknown[] = [];
  globalThis.setTimeout = ((...args: unknown[]) => void calls.push(args)) as unknown as typeof setTimeout;
  try {
    patchAll();
    setTimeout(() => {}, 1);
    clearTimeout(timersModule.setTimeout(() => {}, 1));
    assert.is(calls.length, 1);
  } finally {
    unpatchAll();
    globalThis.setTimeout = own;
  }
});

all.run();
