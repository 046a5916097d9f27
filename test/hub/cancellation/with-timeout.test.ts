import * as assert from 'uvu/assert';
import {
  type Coroutine,
  Event,
  GreenletExit,
  getHub,
  Lock,
  Queue,
  shield,
  sleep,
  spawn,
  Timeout,
  withTimeout,
} from '../../../lib/index.ts';
import { killWithCleanup } from '../../support/cleanup.ts';
import { failureOf, thrownBy } from '../../support/failure.ts';
import { suite } from '../../support/harness.ts';
import { onVirtualTime } from '../../support/virtual-clock.ts';

const test = suite('withTimeout');
const hub = getHub();

/** Makes the hub's timers call `fn`, before timers that are started later for the same millisecond. */
function atTime(ms: number, fn: () => void): void {
  hub.timers.start({ queue: null, before: null, after: null, notify: fn }, ms);
}

test('a body that is in time gives its value, and leaves no timer', async () => {
  await onVirtualTime(async () => {
    const value = await withTimeout(10, function* () {
      yield* sleep(5);
      return 'value';
    });

    assert.is(value, 'value');
    assert.is(hub.timers.size, 0);
  });
});

test('the body may be an operation or a plain function', async () => {
  assert.is(
    await withTimeout(
      1_000,
      spawn(() => 'greenlet'),
    ),
    'greenlet',
  );
  assert.is(await withTimeout(1_000, () => 'plain'), 'plain');
  assert.is(await withTimeout(1_000, () => spawn(() => 'operation')), 'operation');
});

test('a body that is late is cancelled, its finally run, and Timeout is thrown', async () => {
  await onVirtualTime(async (clock) => {
    const log: string[] = [];

    const error = await failureOf(
      withTimeout(10, function* () {
        try {
          yield* sleep(20);
          log.push('never');
        } finally {
          log.push('finally');
        }
      }),
    );

    assert.instance(error, Timeout);
    assert.is((error as Timeout).ms, 10);
    assert.equal(log, ['finally']);
    assert.is(clock.now(), 10);
    assert.is(hub.timers.size, 0);
  });
});

test('timeoutValue is given in place of the throw, undefined included', async () => {
  await onVirtualTime(async () => {
    assert.is(await withTimeout(1, sleep(10), { timeoutValue: 'late' }), 'late');
    assert.is(await withTimeout(1, sleep(10), { timeoutValue: undefined }), undefined);
    assert.is(await withTimeout(1, sleep(10), { timeoutValue: null }), null);
    assert.instance(await failureOf(withTimeout(1, sleep(10), {})), Timeout);
  });
});

test('it cancels only its body, and the greenlet continues afterwards', async () => {
  await onVirtualTime(async (clock) => {
    const gr = spawn(function* () {
      try {
        yield* withTimeout(10, sleep(100));
      } catch (error) {
        assert.instance(error, Timeout);
      }
      yield* sleep(5);
      return clock.now();
    });

    assert.is(await gr, 15);
  });
});

test('the error of the body is thrown as it is, even with a timeoutValue', async () => {
  const boom = new Error('boom');
  const body = function* () {
    yield* sleep(0);
    throw boom;
  };

  assert.is(await failureOf(withTimeout(1_000, body)), boom);
  assert.is(await failureOf(withTimeout(1_000, body, { timeoutValue: 1 })), boom);
});

test('the body catches the scope’s own Timeout', async () => {
  await onVirtualTime(async () => {
    let caught: unknown;

    const error = await failureOf(
      withTimeout(10, function* () {
        try {
          yield* sleep(20);
        } catch (inner) {
          caught = inner;
          throw inner;
        }
      }),
    );

    assert.instance(caught, Timeout);
    assert.is(error, caught);
  });
});

test('a catch in the body cannot swallow the timeout: it is raised at each suspension', async () => {
  await onVirtualTime(async (clock) => {
    let caught = 0;

    const error = await failureOf(
      withTimeout(10, function* () {
        for (let round = 0; round < 5; round += 1) {
          try {
            yield* sleep(20);
          } catch {
            caught += 1;
          }
        }
        yield* sleep(20);
      }),
    );

    assert.instance(error, Timeout);
    assert.is(caught, 5);
    assert.is(clock.now(), 10);
  });
});

test('a body that catches everything is ended anyway, and the greenlet continues', async () => {
  await onVirtualTime(async () => {
    let caught = 0;
    let cleaned = 0;
    const gr = spawn(function* () {
      const value = yield* withTimeout(
        10,
        function* () {
          try {
            while (caught < 100_000) {
              try {
                yield* sleep(20);
              } catch {
                caught += 1;
              }
            }
          } finally {
            cleaned += 1;
          }
        },
        { timeoutValue: 'late' },
      );
      yield* sleep(1);
      return value;
    });

    assert.is(await gr, 'late');
    assert.ok(caught < 100_000);
    assert.is(cleaned, 1);
  });
});

test('a body that finishes after the deadline without suspending again keeps its value', async () => {
  await onVirtualTime(async () => {
    const swallowed = withTimeout(10, function* () {
      try {
        yield* sleep(20);
      } catch {}
      return 'value';
    });

    assert.is(await swallowed, 'value');
  });
});

test('a body whose wait ended in time keeps its value even if the deadline passes before it runs', async () => {
  await onVirtualTime(async (clock) => {
    const event = new Event();
    atTime(10, () => event.set());

    const value = await withTimeout(10, function* () {
      yield* event.wait();
      return 'value';
    });

    assert.is(value, 'value');
    assert.is(clock.now(), 10);
  });
});

test('a body whose wait ended in time times out at its next wait after the deadline', async () => {
  await onVirtualTime(async () => {
    const event = new Event();
    const log: string[] = [];
    atTime(10, () => event.set());

    const error = await failureOf(
      withTimeout(10, function* () {
        log.push(String(yield* event.wait()));
        yield* sleep(0);
        log.push('never');
      }),
    );

    assert.instance(error, Timeout);
    assert.equal(log, ['true']);
  });
});

for (const order of ['timeout first', 'item first']) {
  test(`a timeout at the same millisecond as the item gives the item or leaves it: ${order}`, async () => {
    await onVirtualTime(async () => {
      const queue = new Queue<string>();
      const put = (): void => queue.putNowait('item');
      if (order === 'item first') atTime(10, put);
      const getter = spawn(() => withTimeout(10, queue.get(), { timeoutValue: 'late' }));
      await sleep(0);
      if (order === 'timeout first') atTime(10, put);

      const got = await getter;
      await sleep(20);

      assert.is(got, order === 'item first' ? 'item' : 'late');
      assert.is(queue.qsize(), got === 'item' ? 0 : 1);
    });
  });
}

test('a timed out acquire() holds nothing, a timed out put() has put nothing', async () => {
  await onVirtualTime(async () => {
    const lock = new Lock();
    const queue = new Queue<number>(1);
    queue.putNowait(1);
    await lock.acquire();

    await failureOf(withTimeout(10, lock.acquire()));
    await failureOf(withTimeout(10, queue.put(2)));
    lock.release();

    assert.is(lock.locked(), false);
    assert.is(queue.getNowait(), 1);
    assert.is(queue.qsize(), 0);
  });
});

test('scopes nest, and an inner scope that is due first catches only its own Timeout', async () => {
  await onVirtualTime(async (clock) => {
    const log: unknown[] = [];
    const gr = spawn(() =>
      withTimeout(
        50,
        function* () {
          const inner = yield* withTimeout(10, sleep(100), { timeoutValue: 'inner late' });
          log.push(inner, clock.now());
          yield* sleep(100);
        },
        { timeoutValue: 'outer late' },
      ),
    );

    assert.is(await gr, 'outer late');
    assert.equal(log, ['inner late', 10]);
    assert.is(clock.now(), 50);
  });
});

test('an outer timeout goes through an inner scope that is not due, timeoutValue or not', async () => {
  await onVirtualTime(async () => {
    let afterInner = false;
    const gr = spawn(() =>
      withTimeout(
        10,
        function* () {
          yield* withTimeout(50, sleep(100), { timeoutValue: 'inner late' });
          afterInner = true;
        },
        { timeoutValue: 'outer late' },
      ),
    );

    assert.is(await gr, 'outer late');
    assert.is(afterInner, false);
    assert.is(hub.timers.size, 0);
  });
});

test('two scopes that are due at the same millisecond: the outer one wins', async () => {
  await onVirtualTime(async () => {
    const gr = spawn(() =>
      withTimeout(
        10,
        function* () {
          const inner = yield* withTimeout(10, sleep(100), { timeoutValue: 'inner late' });
          yield* sleep(0);
          return inner;
        },
        { timeoutValue: 'outer late' },
      ),
    );

    assert.is(await gr, 'outer late');
  });
});

test('a timeout of 0 lets the body run up to where it would block', async () => {
  const log: string[] = [];

  const error = await failureOf(
    withTimeout(0, function* () {
      log.push('ran');
      yield* sleep(0);
      log.push('never');
    }),
  );

  assert.instance(error, Timeout);
  assert.equal(log, ['ran']);
  assert.is(await withTimeout(0, () => 'needs no wait'), 'needs no wait');
});

test('a timeout of 0 gives the value of an operation that need not wait', async () => {
  const queue = new Queue<string>();
  queue.putNowait('item');

  assert.is(await withTimeout(0, queue.get()), 'item');
  assert.is(await withTimeout(0, queue.get(), { timeoutValue: 'empty' }), 'empty');
});

test('a timeout of Infinity never cancels and starts no timer', async () => {
  const event = new Event();
  const gr = spawn(() => withTimeout(Infinity, event.wait()));
  await sleep(0);

  assert.is(hub.timers.size, 0);
  event.set();

  assert.is(await gr, true);
});

for (const ms of [NaN, -1, -Infinity]) {
  test(`withTimeout(${ms}) is a RangeError at the caller`, () => {
    assert.instance(
      thrownBy(() => withTimeout(ms, () => 1)),
      RangeError,
    );
  });
}

test('an invalid body throws a TypeError at the caller', () => {
  for (const body of [undefined, null, 5, {}]) {
    assert.instance(
      thrownBy(() => withTimeout(1, body as never)),
      TypeError,
    );
  }
});

test('a kill goes through every scope, and no timer is left', async () => {
  await onVirtualTime(async () => {
    const log: string[] = [];
    const gr = spawn(() =>
      withTimeout(
        50,
        function* () {
          try {
            yield* withTimeout(20, sleep(100), { timeoutValue: 1 });
            log.push('never');
          } finally {
            log.push('finally');
          }
        },
        { timeoutValue: 2 },
      ),
    );
    await sleep(5);

    await gr.kill();

    assert.instance(gr.exception, GreenletExit);
    assert.equal(log, ['finally']);
    assert.is(hub.timers.size, 0);
  });
});

test('a kill and a timeout of the same millisecond: the greenlet is dead, by the kill', async () => {
  for (const first of ['kill', 'timeout']) {
    await onVirtualTime(async () => {
      const kill = function* () {
        yield* sleep(10);
        gr.kill();
      };
      if (first === 'kill') spawn(kill);
      await sleep(0);
      const gr = spawn(function* () {
        yield* withTimeout(10, sleep(100), { timeoutValue: 'late' });
        yield* sleep(100);
      });
      await sleep(0);
      if (first === 'timeout') spawn(kill);

      await gr.join();

      assert.instance(gr.exception, GreenletExit, first);
      assert.is(hub.timers.size, 0);
    });
  }
});

test('a shield in the body delays the timeout to its end', async () => {
  await onVirtualTime(async (clock) => {
    const log: string[] = [];

    const error = await failureOf(
      withTimeout(10, function* () {
        yield* shield(function* () {
          yield* sleep(30);
          log.push('shielded');
        });
        log.push('after');
        yield* sleep(0);
        log.push('never');
      }),
    );

    assert.instance(error, Timeout);
    assert.equal(log, ['shielded', 'after']);
    assert.is(clock.now(), 30);
  });
});

test('a timeout in a shield works in there', async () => {
  await onVirtualTime(async (clock) => {
    const value = await shield(() => withTimeout(10, sleep(100), { timeoutValue: 'late' }));

    assert.is(value, 'late');
    assert.is(clock.now(), 10);
  });
});

test('a timeout in the shield of a killed greenlet bounds its cleanup', async () => {
  await onVirtualTime(async (clock) => {
    const log: unknown[] = [];

    await killWithCleanup(function* () {
      log.push(yield* shield(() => withTimeout(10, sleep(1_000_000), { timeoutValue: 'late' })));
    });

    assert.equal(log, ['late']);
    assert.is(clock.now(), 10);
    assert.is(hub.timers.size, 0);
  });
});

test('the timeout of a scope that was left never raises', async () => {
  await onVirtualTime(async (clock) => {
    const gr = spawn(function* () {
      yield* withTimeout(10, sleep(1));
      yield* sleep(100);
      return clock.now();
    });

    assert.is(await gr, 101);
  });
});

test('a timed operation can be used again, and by two greenlets at once', async () => {
  await onVirtualTime(async (clock) => {
    const timed = withTimeout(10, sleep(100), { timeoutValue: 'late' });
    const use = function* () {
      return [yield* timed, yield* timed];
    };

    const pair = await Promise.all([spawn(use), spawn(use)]);

    assert.equal(pair, [
      ['late', 'late'],
      ['late', 'late'],
    ]);
    assert.is(clock.now(), 20);
  });
});

test('a thousand nested scopes: the outermost that is due ends them all', async () => {
  await onVirtualTime(async (clock) => {
    let cleaned = 0;
    const nest = function* (depth: number): Coroutine<void> {
      try {
        if (depth === 0) yield* sleep(Infinity);
        else yield* withTimeout(1_000 + depth, () => nest(depth - 1));
      } finally {
        cleaned += 1;
      }
    };

    const error = await failureOf(withTimeout(10, () => nest(1_000)));

    assert.instance(error, Timeout);
    assert.is(cleaned, 1_001);
    assert.is(clock.now(), 10);
    assert.is(hub.timers.size, 0);
  });
});

test('the body may be an async function, or a function that returns a promise', async () => {
  await onVirtualTime(async (clock) => {
    const never = new Promise<string>(() => {});

    assert.is(await withTimeout(10, async () => 'value'), 'value');
    assert.is(await withTimeout(10, () => Promise.resolve('value')), 'value');
    assert.instance(await failureOf(withTimeout(10, async () => never)), Timeout);
    assert.is(await withTimeout(10, () => never, { timeoutValue: 'late' }), 'late');
    assert.is(clock.now(), 20);
  });
});

test.run();
