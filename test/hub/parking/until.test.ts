import * as assert from 'uvu/assert';
import { type Greenlet, GreenletExit, sleep, spawn, Timeout, until, withTimeout } from '../../../lib/index.ts';
import { failureOf, thrownBy } from '../../support/failure.ts';
import { suite } from '../../support/harness.ts';

const test = suite('until');
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

test('until() gives the value of a promise, and throws its rejection', async () => {
  const boom = new Error('boom');
  const gr = spawn(function* () {
    const value = yield* until(Promise.resolve('value'));
    try {
      yield* until(Promise.reject(boom));
    } catch (error) {
      return [value, error];
    }
  });

  assert.equal(await gr, ['value', boom]);
});

test('until() throws undefined if the promise was rejected with that', async () => {
  assert.is(await failureOf(spawn(() => until(Promise.reject(undefined)))), undefined);
});

test('until() takes any thenable, even one that answers at once', async () => {
  const thenable = {
    // biome-ignore lint/suspicious/noThenProperty: it is one
    then: (resolve: (value: string) => void): void => resolve('at once'),
  };

  const gr = spawn(function* () {
    return yield* until(thenable as unknown as PromiseLike<string>);
  });

  assert.is(await gr, 'at once');
});

test('a then() that throws is thrown at the waiter', async () => {
  const boom = new Error('boom');
  const thenable = {
    // biome-ignore lint/suspicious/noThenProperty: it is one
    then: (): never => {
      throw boom;
    },
  };

  assert.is(await failureOf(spawn(() => until(thenable as unknown as PromiseLike<string>))), boom);
});

test('a thenable that answers twice is heard once', async () => {
  const thenable = {
    // biome-ignore lint/suspicious/noThenProperty: it is one
    then: (resolve: (value: number) => void, reject: (error: unknown) => void): void => {
      resolve(1);
      reject(new Error('boom'));
      resolve(2);
    },
  };
  const gr = spawn(function* () {
    const first = yield* until(thenable as unknown as PromiseLike<number>);
    yield* sleep(0);
    return first;
  });

  assert.is(await gr, 1);
});

test('the function form starts only when it is waited for, once each time', async () => {
  let starts = 0;
  const operation = until(async () => {
    starts += 1;
    return starts;
  });
  assert.is(starts, 0);

  assert.is(await operation, 1);
  assert.is(await operation, 2);
});

test('the function form gets a signal that is aborted on a kill', async () => {
  let signal: AbortSignal | undefined;
  const gr = spawn(() =>
    until((given) => {
      signal = given;
      return new Promise(() => {});
    }),
  );
  await sleep(0);
  assert.is(signal?.aborted, false);

  await gr.kill();

  assert.is(signal?.aborted, true);
  assert.instance(gr.exception, GreenletExit);
});

test('the signal is aborted on a timeout too', async () => {
  let signal: AbortSignal | undefined;
  const never = until((given) => {
    signal = given;
    return new Promise(() => {});
  });

  assert.instance(await failureOf(withTimeout(1, never)), Timeout);
  assert.is(signal?.aborted, true);
});

test('the signal is not aborted when the promise settles', async () => {
  const signals: AbortSignal[] = [];

  await until(async (signal) => signals.push(signal));
  await failureOf(
    until((signal) => {
      signals.push(signal);
      return Promise.reject(new Error('boom'));
    }),
  );
  await turn();

  assert.equal(
    signals.map(({ aborted }) => aborted),
    [false, false],
  );
});

test('the signal is not aborted when the greenlet is killed after the promise has settled', async () => {
  const { promise, resolve } = withResolvers();
  let signal: AbortSignal | undefined;
  const gr = spawn(function* () {
    const value = yield* until((given) => {
      signal = given;
      return promise;
    });
    return value;
  });
  await sleep(0);

  // Registered after the hub's own callback, so it runs when the value has been passed on but not received yet.
  const killed = promise.then(() => void gr.kill());
  resolve('value');
  await killed;

  assert.is(await gr, 'value');
  assert.is(signal?.aborted, false);
});

test('a wait that does not begin, as its greenlet was killed, leaves the signal of another wait alone', async () => {
  const signals: AbortSignal[] = [];
  const never = until((signal) => {
    signals.push(signal);
    return new Promise(() => {});
  });
  const first = spawn(() => never);
  await sleep(0);

  const second: Greenlet<void> = spawn(function* () {
    second.kill();
    yield* never;
  });
  await second.join();

  assert.equal(
    signals.map(({ aborted }) => aborted),
    [false],
  );
  await first.kill();
});

test('a rejection after the cancel is no unhandled one', async () => {
  const unhandled: unknown[] = [];
  const listener = (error: unknown): void => void unhandled.push(error);
  process.on('unhandledRejection', listener);
  const gr = spawn(() =>
    until(
      (signal) =>
        new Promise((_, reject) => signal.addEventListener('abort', () => setImmediate(reject, new Error('aborted')))),
    ),
  );
  await sleep(0);

  await gr.kill();
  await turn();
  await turn();
  await turn();
  process.off('unhandledRejection', listener);

  assert.equal(unhandled, []);
});

test('a late answer to a cancelled wait does not end a later one', async () => {
  const answers: ((value: string) => void)[] = [];
  const operation = until(() => new Promise<string>((resolve) => answers.push(resolve)));
  const first = spawn(() => operation);
  await sleep(0);
  await first.kill();
  const second = spawn(() => operation);
  await sleep(0);

  answers[0]?.('late');
  await turn();
  assert.is(second.ready(), false);
  answers[1]?.('right');

  assert.is(await second, 'right');
});

test('a function that throws, or gives no promise, is thrown at the waiter', async () => {
  const boom = new Error('boom');

  assert.is(
    await failureOf(
      until(() => {
        throw boom;
      }),
    ),
    boom,
  );
  assert.instance(await failureOf(until((() => 5) as never)), TypeError);
});

for (const value of [undefined, null, 5, {}]) {
  test(`until(${String(value)}) is a TypeError at the caller`, () => {
    assert.instance(
      thrownBy(() => until(value as never)),
      TypeError,
    );
  });
}

test('until() of an operation is that operation', async () => {
  assert.is(await until(spawn(() => 'value')), 'value');
  assert.is(await until(sleep(0)), undefined);
});

test('a promise may be waited for by many', async () => {
  const { promise, resolve } = withResolvers<string>();
  const operation = until(promise);
  const jobs = [1, 2, 3].map(() => spawn(() => operation));
  await sleep(0);

  resolve('value');

  assert.equal(await Promise.all(jobs), ['value', 'value', 'value']);
});

test('a rejection does not count as unhandled if the greenlet was killed before it could wait', async () => {
  const unhandled: unknown[] = [];
  const note = (error: unknown) => unhandled.push(error);
  process.on('unhandledRejection', note);
  const { promise, reject } = withRejection();
  const killed = spawn(function* () {
    killed.kill();
    yield* until(promise);
  });
  await killed.join();

  reject(new Error('too late'));
  await new Promise((resolve) => setImmediate(resolve));
  process.off('unhandledRejection', note);

  assert.equal(unhandled, []);
});

function withRejection() {
  let reject: (error: unknown) => void = () => {};
  const promise = new Promise<never>((_, given) => {
    reject = given;
  });
  return { promise, reject };
}

/** `Promise.withResolvers`, which Node 20 lacks. */
function withResolvers<T = unknown>() {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((given) => {
    resolve = given;
  });
  return { promise, resolve };
}

test.run();
