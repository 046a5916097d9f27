import * as assert from 'uvu/assert';
import {
  AsyncResult,
  GreenletError,
  getHub,
  type Operation,
  Queue,
  shield,
  sleep,
  spawn,
  Timeout,
  withTimeout,
} from '../../../lib/index.ts';
import { failureOf, thrownBy } from '../../support/failure.ts';
import { suite } from '../../support/harness.ts';
import { onVirtualTime } from '../../support/virtual-clock.ts';

const test = suite('Timeout');
const hub = getHub();

test('a Timeout raises itself in the greenlet that started it', async () => {
  await onVirtualTime(async (clock) => {
    let timeout: Timeout | undefined;
    const gr = spawn(function* () {
      timeout = Timeout.startNew(10);
      yield* sleep(100);
    });

    assert.is(await failureOf(gr), timeout);
    assert.is(clock.now(), 10);
    assert.is(hub.timers.size, 0);
  });
});

test('a Timeout is an Error that says how long it was', () => {
  const timeout = new Timeout(50);

  assert.instance(timeout, Error);
  assert.is(timeout.name, 'Timeout');
  assert.match(timeout.message, '50');
});

test('a Timeout with an error raises that error, and one with a text has that message', async () => {
  await onVirtualTime(async () => {
    const boom = new Error('boom');
    const run = function* (error: Error | string) {
      Timeout.startNew(10, error);
      yield* sleep(100);
    };

    assert.is(await failureOf(spawn(run, boom)), boom);
    const error = (await failureOf(spawn(run, 'too slow'))) as Error;
    assert.instance(error, Timeout);
    assert.is(error.message, 'too slow');
  });
});

test('it raises once', async () => {
  await onVirtualTime(async (clock) => {
    const gr = spawn(function* () {
      let caught = 0;
      Timeout.startNew(10);
      for (let round = 0; round < 3; round += 1) {
        try {
          yield* sleep(100);
        } catch {
          caught += 1;
        }
      }
      return [caught, clock.now()];
    });

    assert.equal(await gr, [1, 210]);
  });
});

test('pending is true from the start until it has fired', async () => {
  await onVirtualTime(async () => {
    const seen: boolean[] = [];
    const gr = spawn(function* () {
      const timeout = new Timeout(10);
      seen.push(timeout.pending);
      timeout.start();
      seen.push(timeout.pending);
      try {
        yield* sleep(100);
      } catch {
        seen.push(timeout.pending);
      }
    });

    await gr;

    assert.equal(seen, [false, true, false]);
  });
});

test('cancel() stops it', async () => {
  await onVirtualTime(async () => {
    const gr = spawn(function* () {
      const timeout = Timeout.startNew(10);
      yield* sleep(5);
      timeout.cancel();
      const { pending } = timeout;
      yield* sleep(100);
      return pending;
    });

    assert.is(await gr, false);
  });
});

test('a Timeout that has fired or was cancelled may be started again', async () => {
  await onVirtualTime(async (clock) => {
    const gr = spawn(function* () {
      const timeout = Timeout.startNew(10);
      timeout.cancel();
      timeout.start();
      const at: number[] = [];
      for (let round = 0; round < 3; round += 1) {
        try {
          yield* sleep(100);
        } catch (error) {
          assert.is(error, timeout);
          at.push(clock.now());
          if (round < 2) timeout.start();
        }
      }
      return at;
    });

    assert.equal(await gr, [10, 20, 30]);
  });
});

test('a closed Timeout may not be started again', async () => {
  const gr = spawn(() => {
    const timeout = Timeout.startNew(10);
    timeout.close();
    timeout.close();
    timeout.start();
  });

  assert.instance(await failureOf(gr), GreenletError);
  assert.is(hub.timers.size, 0);
});

test('a second start() while it is pending is an error, and changes nothing', async () => {
  await onVirtualTime(async (clock) => {
    const gr = spawn(function* () {
      const timeout = Timeout.startNew(10);
      yield* sleep(5);
      assert.instance(
        thrownBy(() => timeout.start()),
        Error,
      );
      try {
        yield* sleep(100);
      } catch {}
      return clock.now();
    });

    assert.is(await gr, 10);
  });
});

test('a closed Timeout never raises; `using` closes it', async () => {
  await onVirtualTime(async (clock) => {
    const gr = spawn(function* () {
      {
        using timeout = Timeout.startNew(10);
        assert.is(timeout.pending, true);
        yield* sleep(5);
      }
      yield* sleep(100);
      return clock.now();
    });

    assert.is(await gr, 105);
    assert.is(hub.timers.size, 0);
  });
});

test('a Timeout that fires while its greenlet was already woken raises at the next suspension', async () => {
  await onVirtualTime(async () => {
    const log: string[] = [];
    const gr = spawn(function* () {
      const early = spawn(() => sleep(10));
      const timeout = Timeout.startNew(10);
      try {
        yield* early;
        log.push('joined');
        yield* sleep(100);
        log.push('never');
      } catch (error) {
        assert.is(error, timeout);
        log.push('raised');
      }
    });

    await gr;

    assert.is(log.at(-1), 'raised');
    assert.not(log.includes('never'));
  });
});

test('a Timeout that has fired but is closed before it is raised is not raised', async () => {
  await onVirtualTime(async () => {
    const gr = spawn(function* () {
      const timeout = Timeout.startNew(5);
      // Inside a shield, so that it fires but cannot be raised yet.
      yield* shield(sleep(10));
      timeout.close();
      yield* sleep(1);
      return 'unharmed';
    });

    assert.is(await gr, 'unharmed');
  });
});

test('a Timeout that fires during a shield is raised at the next suspension after it', async () => {
  await onVirtualTime(async (clock) => {
    const gr = spawn(function* () {
      Timeout.startNew(5);
      try {
        yield* shield(sleep(20));
        yield* sleep(100);
      } catch {}
      return clock.now();
    });

    assert.is(await gr, 20);
  });
});

test('a Timeout started in a withTimeout that fires in a shield there is raised after the shield', async () => {
  await onVirtualTime(async (clock) => {
    const boom = new Error('boom');
    const log: unknown[] = [];
    await spawn(() =>
      withTimeout(1_000, function* () {
        Timeout.startNew(10, boom);
        yield* shield(function* () {
          yield* sleep(20);
          log.push('shielded');
        });
        try {
          yield* sleep(100);
        } catch (error) {
          log.push(error);
        }
      }),
    );

    assert.equal(log, ['shielded', boom]);
    assert.is(clock.now(), 20);
  });
});

test('a Timeout started inside a shield is raised inside it', async () => {
  await onVirtualTime(async (clock) => {
    const gr = spawn(() =>
      shield(function* () {
        Timeout.startNew(5);
        try {
          yield* sleep(100);
        } catch {}
        return clock.now();
      }),
    );

    assert.is(await gr, 5);
  });
});

test('it interrupts only the greenlet that started it', async () => {
  await onVirtualTime(async () => {
    const other = spawn(() => sleep(50));
    const gr = spawn(function* () {
      Timeout.startNew(10);
      yield* other.join();
    });

    assert.instance(await failureOf(gr), Timeout);
    assert.is(other.dead, false);
    await other;
  });
});

test('two Timeouts of one greenlet raise one after the other, in order', async () => {
  await onVirtualTime(async () => {
    const gr = spawn(function* () {
      const first = Timeout.startNew(10);
      const second = Timeout.startNew(10);
      const raised: number[] = [];
      for (let round = 0; round < 3; round += 1) {
        try {
          yield* sleep(100);
        } catch (error) {
          raised.push(error === first ? 1 : error === second ? 2 : 0);
        }
      }
      return raised;
    });

    assert.equal(await gr, [1, 2]);
  });
});

test('a Timeout that fires in a scope that ends before it could be raised is raised after the scope', async () => {
  await onVirtualTime(async () => {
    const [first, second] = [new Error('first'), new Error('second')];
    const thrown: unknown[] = [];
    await spawn(function* () {
      try {
        yield* withTimeout(1_000, function* () {
          Timeout.startNew(10, first);
          Timeout.startNew(10, second);
          yield* sleep(100);
        });
      } catch (error) {
        thrown.push(error);
      }
      try {
        yield* sleep(100);
      } catch (error) {
        thrown.push(error);
      }
    });

    assert.equal(thrown, [first, second]);
  });
});

for (const [where, around] of Object.entries({
  'around that scope': (body: () => Operation<unknown>): Operation<unknown> => body(),
  'in another scope': (body: () => Operation<unknown>): Operation<unknown> => withTimeout(1_000, body),
})) {
  test(`a Timeout that outlives its scope raises wherever its greenlet is then, ${where}`, async () => {
    await onVirtualTime(async (clock) => {
      let timeout: Timeout | undefined;
      const gr = spawn(function* () {
        yield* withTimeout(1_000, () => {
          timeout = Timeout.startNew(10);
        });
        yield* around(() => sleep(100));
      });

      assert.is(await failureOf(gr), timeout);
      assert.is(clock.now(), 10);
    });
  });
}

test('a withTimeout with a timeoutValue does not take a Timeout object for its own', async () => {
  await onVirtualTime(async () => {
    let timeout: Timeout | undefined;
    const gr = spawn(() =>
      withTimeout(
        100,
        function* () {
          timeout = Timeout.startNew(10);
          yield* sleep(200);
        },
        { timeoutValue: 'late' },
      ),
    );

    assert.is(await failureOf(gr), timeout);
  });
});

test('a Timeout outlives its greenlet without harm', async () => {
  await onVirtualTime(async (clock) => {
    const gr = spawn(() => {
      Timeout.startNew(10);
    });
    await gr;

    await sleep(20);

    assert.is(clock.now(), 20);
    assert.is(hub.timers.size, 0);
  });
});

test('a Timeout of 0 raises at a suspension that waits, one of Infinity never', async () => {
  await onVirtualTime(async (clock) => {
    const zero = spawn(function* () {
      Timeout.startNew(0);
      yield* sleep(100);
    });
    const infinite = spawn(function* () {
      const timeout = Timeout.startNew(Infinity);
      yield* sleep(100);
      return timeout.pending;
    });

    assert.instance(await failureOf(zero), Timeout);
    assert.is(clock.now(), 0);
    assert.is(await infinite, true);
  });
});

for (const ms of [NaN, -1]) {
  test(`new Timeout(${ms}) is a RangeError`, () => {
    assert.instance(
      thrownBy(() => new Timeout(ms)),
      RangeError,
    );
  });
}

test('new Timeout() refuses what it cannot raise', () => {
  // As in gevent, where a Timeout of false is silent.
  for (const error of [false, null, 3]) {
    const refused = thrownBy(() => new Timeout(10, error as unknown as Error));
    assert.instance(refused, TypeError);
    assert.match((refused as Error).message, 'withTimeout() with timeoutValue');
  }
});

test('cancel() and close() of a Timeout that was never started do nothing', () => {
  const timeout = new Timeout(10);

  timeout.cancel();
  timeout.close();
  timeout[Symbol.dispose]();

  assert.is(timeout.pending, false);
});

test('scope names the Timeout and the greenlet that started it', async () => {
  await onVirtualTime(async () => {
    const timeout = new Timeout(10);
    assert.is(timeout.scope, undefined);
    const gr = spawn(function* napping() {
      timeout.start();
      yield* sleep(100);
    });

    assert.is(await failureOf(gr), timeout);
    assert.is(timeout.scope, `Timeout(10) in ${gr.name}`);
  });
});

test('scope names the withTimeout, its body and the greenlet, and so does the message', async () => {
  await onVirtualTime(async () => {
    const gr = spawn(function* loading() {
      yield* withTimeout(10, function* body() {
        yield* sleep(100);
      });
    });
    const error = (await failureOf(gr)) as Timeout;

    assert.is(error.scope, `withTimeout(10, body) in ${gr.name}`);
    assert.match(error.message, error.scope as string);
    assert.is(error.ms, 10);
  });
});

test('for nested scopes, the scope of the error names the one that timed out', async () => {
  await onVirtualTime(async () => {
    const nested = (outer: number, inner: number) =>
      withTimeout(outer, function* outside() {
        yield* withTimeout(inner, function* inside() {
          yield* sleep(100);
        });
      });

    assert.match((((await failureOf(nested(10, 20))) as Timeout).scope ?? '') as string, 'withTimeout(10, outside)');
    assert.match((((await failureOf(nested(20, 10))) as Timeout).scope ?? '') as string, 'withTimeout(10, inside)');
  });
});

test('a body without a name is described by its kind', async () => {
  await onVirtualTime(async () => {
    const queue = new Queue<number>();
    const scopeOf = async (pending: PromiseLike<unknown>) => ((await failureOf(pending)) as Timeout).scope as string;

    assert.match(await scopeOf(withTimeout(1, queue.get())), queue.name);
    assert.match(await scopeOf(withTimeout(1, () => sleep(5))), 'withTimeout(1, a function)');
    assert.match(await scopeOf(withTimeout(1, withTimeout(5, sleep(9)))), 'withTimeout(1, an operation)');
  });
});

test('the Timeout of a blocking call has no scope, and its message names the wait', async () => {
  await onVirtualTime(async () => {
    const napper = spawn(() => sleep(5));
    const error = (await failureOf(napper.get({ timeout: 1 }))) as Timeout;
    await napper;

    assert.instance(error, Timeout);
    assert.is(error.scope, undefined);
    assert.is(error.spawnSite, undefined);
    assert.match(error.message, napper.name);
  });
});

test('spawnSite is where the greenlet that set it was spawned, if such are captured', async () => {
  const { captureSpawnSites } = hub;
  hub.captureSpawnSites = true;
  try {
    await onVirtualTime(async () => {
      const gr = spawn(function* () {
        yield* withTimeout(10, sleep(100));
      });
      const error = (await failureOf(gr)) as Timeout;

      assert.is(error.spawnSite, gr.spawnSite);
      assert.match(error.spawnSite as string, 'timeout.test');
    });
  } finally {
    hub.captureSpawnSites = captureSpawnSites;
  }
});

test('there is no spawnSite where none are captured, and in main code', async () => {
  await onVirtualTime(async () => {
    const inGreenlet = (await failureOf(spawn(() => withTimeout(1, sleep(5))))) as Timeout;
    const inMain = (await failureOf(withTimeout(1, sleep(5)))) as Timeout;

    assert.is(inGreenlet.spawnSite, undefined);
    assert.is(inMain.spawnSite, undefined);
    assert.match(inMain.scope as string, 'withTimeout(1, sleep(5)) in ');
  });
});

function* waitForever(timeout: () => unknown) {
  timeout();
  yield* sleep(Infinity);
}

for (const [what, body] of [
  ['a Timeout object', () => waitForever(() => Timeout.startNew(10))],
  [
    'withTimeout() around a loop of sleep(0)',
    () =>
      withTimeout(0, function* waitForever() {
        for (;;) yield* sleep(0);
      }),
  ],
  ['withTimeout()', () => withTimeout(10, () => waitForever(() => {}))],
  [
    'a blocking call',
    function* waitForever() {
      yield* new AsyncResult().get({ timeout: 10 });
    },
  ],
] as const) {
  test(`the stack of ${what} that is raised is that of the greenlet that waited`, async () => {
    await onVirtualTime(async () => {
      const error = (await failureOf(spawn(body as () => Operation<void>))) as Timeout;

      assert.instance(error, Timeout);
      assert.match(String(error.stack), /^Timeout: .*\n(.*\n)*.*waitForever/);
    });
  });
}

test('creating an error without a stack does not change the stack depth', async () => {
  const { stackTraceLimit } = Error;
  const gr = spawn(() => sleep(Infinity));
  await sleep(0);

  await gr.kill();

  assert.is(Error.stackTraceLimit, stackTraceLimit);
});

test.run();
