import * as assert from 'uvu/assert';
import {
  action,
  all,
  type Coroutine,
  call,
  Event,
  forEach,
  GreenletError,
  idle,
  iwait,
  joinall,
  killall,
  type Operation,
  Queue,
  shield,
  sleep,
  spawn,
  until,
  wait,
  withContext,
  withTimeout,
} from '../../lib/index.ts';
import { failureOf, thrownBy } from '../support/failure.ts';
import { suite } from '../support/harness.ts';
import { assertNoTrace } from '../support/leaks.ts';
import { onVirtualTime } from '../support/virtual-clock.ts';

const test = suite('operation');

const context = { run: <R>(_: unknown, fn: () => R): R => fn() };
const { AsyncLocalStorage } = await import('node:async_hooks');

/** Every operation of lib/greenlet and lib/hub, with its expected value. */
const operations: Record<string, [make: () => Operation<unknown>, expected: unknown]> = {
  sleep: [() => sleep(5), undefined],
  'sleep(0)': [() => sleep(0), undefined],
  idle: [() => idle(), undefined],
  call: [
    () =>
      call(function* () {
        yield* sleep(1);
        return 1;
      }),
    1,
  ],
  until: [() => until(Promise.resolve(2)), 2],
  'until(function)': [() => until(() => Promise.resolve(2)), 2],
  action: [() => action<number>((resolve) => void setImmediate(() => resolve(3))), 3],
  'withTimeout(operation)': [() => withTimeout(1_000, sleep(1)), undefined],
  'withTimeout(function*)': [
    () =>
      withTimeout(1_000, function* () {
        yield* sleep(1);
        return 4;
      }),
    4,
  ],
  'withTimeout that times out': [() => withTimeout(1, sleep(1_000), { timeoutValue: 'late' }), 'late'],
  shield: [
    () =>
      shield(function* () {
        yield* sleep(1);
        return 5;
      }),
    5,
  ],
  withContext: [
    () =>
      withContext(new AsyncLocalStorage<number>(), 1, function* () {
        yield* sleep(1);
        return 6;
      }),
    6,
  ],
  'a greenlet': [() => spawn(() => 7), 7],
  get: [() => spawn(() => 8).get(), 8],
  join: [() => spawn(() => 9).join(), undefined],
  kill: [() => spawn(() => sleep(1_000)).kill(), undefined],
  killall: [() => killall([spawn(() => sleep(1_000))]), undefined],
  joinall: [() => joinall([]), []],
  wait: [() => wait([new Event()], { timeout: 3 }), []],
  'iwait.next': [() => iwait([]).next(), { done: true, value: undefined }],
  forEach: [() => forEach([1, 2], () => sleep(1)), undefined],
};

test('every operation can be awaited', async () => {
  for (const [name, [make, expected]] of Object.entries(operations)) {
    await onVirtualTime(async () => {
      assert.equal(await make(), expected, name);
    });
  }
});

test('every operation can be yielded', async () => {
  for (const [name, [make, expected]] of Object.entries(operations)) {
    await onVirtualTime(async () => {
      const gr = spawn(function* () {
        return yield* make();
      });
      assert.equal(await gr, expected, name);
    });
  }
});

test('every operation can be used again', async () => {
  for (const [name, [make, expected]] of Object.entries(operations)) {
    await onVirtualTime(async () => {
      const gr = spawn(function* () {
        const operation = make();
        const first = yield* operation;
        return [first, yield* operation];
      });
      assert.equal(await gr, [expected, expected], name);
    });
  }
});

test('every operation can be used by two greenlets at once', async () => {
  for (const [name, [make, expected]] of Object.entries(operations)) {
    await onVirtualTime(async () => {
      const operation = make();
      const use = function* () {
        return yield* operation;
      };
      const pair = [spawn(use), spawn(use)];
      assert.equal(await Promise.all(pair), [expected, expected], name);
    });
  }
});

test('every operation can be the body of a greenlet, of a timeout and of a shield', async () => {
  for (const [name, [make, expected]] of Object.entries(operations)) {
    await onVirtualTime(async () => {
      assert.equal(await spawn(() => make()), expected, name);
      assert.equal(await withTimeout(Infinity, make()), expected, name);
      assert.equal(await shield(make()), expected, name);
    });
  }
});

test('every operation can be cancelled and used again', async () => {
  for (const [name, [make]] of Object.entries(operations)) {
    await onVirtualTime(async () => {
      const operation = make();
      const gr = spawn(() => operation);
      await sleep(0);
      gr.kill();
      await gr.join();
      assert.is(gr.dead, true, name);
      await operation;
    });
  }
});

test('one user of a shared operation may be cancelled without the other noticing', async () => {
  await onVirtualTime(async () => {
    const shared = sleep(10);
    const a = spawn(() => shared);
    const b = spawn(() => shared);
    await sleep(5);

    a.kill();
    await b;

    assert.is(a.successful(), false);
    assert.is(b.successful(), true);
  });
});

test('creating an operation does nothing', async () => {
  let ran = 0;
  const count = (): void => {
    ran += 1;
  };

  call(count);
  until(async () => count());
  action(count);
  withTimeout(1, count);
  shield(count);
  withContext(context as never, 1, count);
  forEach([1], count);
  await sleep(0);

  assert.is(ran, 0);
});

test('a blocking operation that is iterated outside greenlets is a GreenletError that says to await', () => {
  const joining = joinall([spawn(() => 1)]);
  for (const operation of [sleep(0), sleep(1), idle(), until(Promise.resolve()), action(() => {}), joining]) {
    const error = thrownBy(() => operation[Symbol.iterator]().next());

    assert.instance(error, GreenletError);
    assert.match((error as Error).message, 'await');
  }
});

test('an operation that is resumed by hand while it waits throws a GreenletError, and leaves its line', async () => {
  const queue = new Queue<number>();
  const gr = spawn(() => {
    const steps = queue.get()[Symbol.iterator]();
    steps.next();
    steps.next();
  });

  const error = await failureOf(gr);

  assert.instance(error, GreenletError);
  assert.match((error as Error).message, /^greenlet .* was resumed while it waits for an item of Queue#\d+: /);
  assertNoTrace(queue);
});

test('every operation has catch() and finally(), which wait for it as await does', async () => {
  for (const [name, [make, expected]] of Object.entries(operations)) {
    await onVirtualTime(async () => {
      let calls = 0;
      const caught = make().catch(() => 'caught');
      const finished = make().finally(() => {
        calls += 1;
      });

      assert.equal(await caught, expected, name);
      assert.equal(await finished, expected, name);
      assert.is(calls, 1, name);
    });
  }
});

/** Everything here fails with `boom`. */
const failing: Record<string, () => Operation<unknown>> = {
  'a greenlet': () => spawn(fail),
  get: () => spawn(fail).get(),
  until: () => until(() => Promise.reject(new Error('boom'))),
  call: () => call(fail),
  withTimeout: () => withTimeout(1_000, fail),
  joinall: () => joinall([spawn(fail)], { raiseError: true }),
  all: () => all([fail]),
};

function* fail(): Coroutine<never> {
  yield* sleep(0);
  throw new Error('boom');
}

test('catch() gives the result of its function, and passes the error on without one', async () => {
  for (const [name, make] of Object.entries(failing)) {
    assert.is(await make().catch((error) => (error as Error).message), 'boom', name);
    assert.is(await make().catch().catch(String), 'Error: boom', name);
  }
});

test('finally() calls its function before it passes the error on', async () => {
  for (const [name, make] of Object.entries(failing)) {
    const seen: string[] = [];

    const error = await failureOf(make().finally(() => void seen.push('finally')));

    assert.is((error as Error).message, 'boom', name);
    assert.equal(seen, ['finally'], name);
  }
});

test('a greenlet whose failure catch() takes is not reported', async ({ reported }) => {
  await spawn(fail).catch(() => {});
  await sleep(1);

  assert.equal(reported, []);
});

test('an operation has the whole of then()', async () => {
  const seen: unknown[] = [];

  await sleep(0).then(() => seen.push('fulfilled'));
  await until(Promise.reject(new Error('boom'))).then(null, (error: Error) => seen.push(error.message));

  assert.equal(seen, ['fulfilled', 'boom']);
});

test('operations go into Promise.all and are returned from async functions', async () => {
  const make = async () => until(Promise.resolve('inner'));

  assert.equal(await Promise.all([sleep(0), make()]), [undefined, 'inner']);
});

test.run();
