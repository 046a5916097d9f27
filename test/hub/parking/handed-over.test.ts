import { runInNewContext } from 'node:vm';
import * as assert from 'uvu/assert';
import { external } from '../../../lib/hub/loop/external-waits.ts';
import { subscriptionTo } from '../../../lib/hub/parking/handed-over.ts';
import { all, Queue, race, select, sleep, spawn, until, wait, withTimeout } from '../../../lib/index.ts';
import { failureOf } from '../../support/failure.ts';
import { suite } from '../../support/harness.ts';
import { onVirtualTime } from '../../support/virtual-clock.ts';

const test = suite('hub/handed-over');
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
const boom = new Error('boom');

/** How often `then()` was called on such a promise. Each call makes another promise. */
let subscriptions = 0;

class Counted<T> extends Promise<T> {
  static override get [Symbol.species](): PromiseConstructor {
    subscriptions += 1;
    return Promise;
  }
}

function pending(): { promise: Promise<string>; resolve: (value: string) => void } {
  let resolve = (_: string): void => {};
  const promise = new Counted<string>((resolveIt) => {
    resolve = resolveIt;
  });
  subscriptions = 0;
  return { promise, resolve };
}

const ROUNDS = 50;

const again: Record<string, (promise: Promise<string>) => PromiseLike<unknown>> = {
  'in withTimeout()': (promise) => withTimeout(1, promise, { timeoutValue: 'late' }),
  'by until() in withTimeout()': (promise) => withTimeout(1, until(promise), { timeoutValue: 'late' }),
  'as the loser of a race()': (promise) => race([promise, sleep(1)]),
  'in a race() that need not wait': (promise) => {
    const queue = new Queue<number>();
    queue.putNowait(1);
    return race([queue.get(), promise]);
  },
  'by until() in a race() that need not wait': (promise) => race([() => 'at once', until(promise)]),
  'in a select()': (promise) => select({ promise, late: sleep(1) }),
  'in an all() that runs out of time': (promise) => withTimeout(1, all([promise]), { timeoutValue: 'late' }),
  'in a wait() that runs out of time': (promise) => wait([promise], { timeout: 1 }),
  'by greenlets that are killed': async (promise) => {
    const waiter = spawn(() => until(promise));
    await sleep(0);
    await waiter.kill();
  },
};

for (const [how, waitFor] of Object.entries(again)) {
  test(`a promise that is waited for again and again ${how} has one subscription and no waiter`, () =>
    onVirtualTime(async () => {
      const { promise, resolve } = pending();
      const waits = external.waits;

      for (let round = 0; round < ROUNDS; round += 1) await waitFor(promise);
      const made = subscriptions;

      assert.is(made, 1);
      assert.equal([...(subscriptionTo(promise) ?? [])], []);
      assert.is(external.waits, waits);
      resolve('value');
      assert.is(await spawn(() => until(promise)), 'value');
      assert.is(await spawn(() => until(promise)), 'value');
    }));
}

test('the waiters of a promise continue in the order in which they came, without a killed one', async () => {
  const { promise, resolve } = pending();
  const served: string[] = [];
  const waiters = ['a', 'b', 'c', 'd'].map((id) =>
    spawn(function* () {
      served.push(`${id} ${yield* until(promise)}`);
    }),
  );
  await sleep(0);

  await waiters[1]?.kill();
  resolve('value');
  for (const waiter of waiters) await waiter.join();

  assert.equal(served, ['a value', 'c value', 'd value']);
});

test('an operation of until() can be waited for before and after the promise has settled', async () => {
  const { promise, resolve } = pending();
  const operation = until(promise);
  const before = spawn(() => operation);
  await sleep(0);
  resolve('value');

  assert.is(await before, 'value');
  assert.is(await operation, 'value');
});

for (const [kind, make] of Object.entries<() => Promise<unknown>>({
  'a promise of another realm': () => runInNewContext('Promise.reject(boom)', { boom }) as Promise<unknown>,
  'a promise of a class of its own': () => Counted.reject(boom),
  'a promise with a then() of its own': () => {
    const promise = Promise.reject(boom);
    // biome-ignore lint/suspicious/noThenProperty: it is one
    return Object.assign(promise, { then: promise.then.bind(promise) });
  },
})) {
  test(`${kind} that was handed over may reject before anybody waits`, async () => {
    const unhandled: unknown[] = [];
    const note = (reason: unknown): void => void unhandled.push(reason);
    process.on('unhandledRejection', note);
    try {
      const operation = race([make(), sleep(1_000)]);
      await turn();

      assert.is(await failureOf(spawn(() => operation)), boom);
      await turn();
    } finally {
      process.off('unhandledRejection', note);
    }
    assert.equal(unhandled, []);
  });
}

test('then() of an object that only looks like a promise is called when a greenlet waits', async () => {
  const lookalikes = [
    // biome-ignore lint/suspicious/noThenProperty: it is one
    { [Symbol.toStringTag]: 'Promise', then: (resolve: (value: number) => void) => resolve(1) },
    Object.assign(Object.create(Promise.prototype), {
      // biome-ignore lint/suspicious/noThenProperty: it is one
      then: (resolve: (value: number) => void) => resolve(1),
    }),
  ] as PromiseLike<number>[];

  for (const lookalike of lookalikes) assert.is(await spawn(() => withTimeout(1_000, lookalike)), 1);
});

test.run();
