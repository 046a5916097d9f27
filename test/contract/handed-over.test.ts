/** A promise that is passed to the library never counts as unhandled, whatever happens to the call. */
import * as assert from 'uvu/assert';
import * as greenhub from '../../lib/index.ts';
import { GreenletExit, Queue, race, sleep, spawn } from '../../lib/index.ts';
import { failureOf } from '../support/failure.ts';
import { type Context, suite } from '../support/harness.ts';
import { outcomeOf } from '../support/outcome.ts';
import { handed, handedBeside, listed, returned, takesNone } from './promise-calls.ts';

const test = suite('contract/handed-over');
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Runs a test body and fails if there is an unhandled rejection. */
function whereAllIsHandled(body: (context: Context) => Promise<void>): (context: Context) => Promise<void> {
  return async (context) => {
    const unhandled: unknown[] = [];
    const note = (reason: unknown): void => void unhandled.push(reason);
    process.on('unhandledRejection', note);
    try {
      await body(context);
      await turn();
      await turn();
    } finally {
      process.off('unhandledRejection', note);
    }
    assert.equal(unhandled, []);
  };
}

const boom = new Error('boom');
const direct = [...handed, ...handedBeside];

for (const { name, make } of [...direct, ...listed]) {
  test(
    `a promise that was passed to ${name}, and that no greenlet waits for, may reject`,
    whereAllIsHandled(async () => {
      make(Promise.reject(boom));
      await turn();
    }),
  );

  test(
    `a promise that was handed to ${name} in the finally of a killed greenlet may reject`,
    whereAllIsHandled(async () => {
      const worker = spawn(function* () {
        try {
          yield* sleep(Infinity);
        } finally {
          yield* make(Promise.reject(boom));
        }
      });
      await sleep(0);

      await worker.kill();

      // A list is iterated without a wait.
      assert.ok(worker.dead);
    }),
  );
}

for (const { name, make } of direct) {
  test(
    `a promise that was handed to ${name}, which was killed, may reject later`,
    whereAllIsHandled(async () => {
      const { promise, reject } = resolvers();
      const worker = spawn(() => make(promise));
      await sleep(0);
      await sleep(0);

      worker.kill();
      reject(boom);
      await worker.join();

      // A shield lets the wait finish first.
      assert.ok(worker.exception instanceof GreenletExit || worker.exception === boom);
    }),
  );

  test(
    `a promise that was handed to ${name}, which never came to its turn in a race, may reject later`,
    whereAllIsHandled(async () => {
      const { promise, reject } = resolvers();
      const queue = new Queue<string>();
      queue.putNowait('item');

      assert.is(await spawn(() => race([queue.get(), make(promise)])), 'item');
      reject(boom);
      await turn();
    }),
  );
}

for (const { name, make, resultOf } of handed) {
  test(
    `${name} that is waited for only after the rejection still gives it`,
    whereAllIsHandled(async () => {
      const operation = make(Promise.reject(boom));
      await turn();

      const outcome = await spawn(() => outcomeOf(operation));

      if (resultOf !== undefined) assert.is(resultOf(outcome).error, boom);
      assert.ok('value' in outcome || resultOf !== undefined);
    }),
  );

  test(
    `${name} can be used again, and gives the value of the promise`,
    whereAllIsHandled(async () => {
      const operation = make(Promise.resolve('value'));

      for (let round = 0; round < 3; round += 1) {
        const outcome = await spawn(() => outcomeOf(operation));
        if (resultOf !== undefined) assert.equal(resultOf(outcome), { value: 'value' });
      }
    }),
  );
}

for (const { name, make } of returned) {
  test(
    `a promise that the function of ${name} returns may reject after the kill`,
    whereAllIsHandled(async ({ reported }) => {
      const { promise, reject } = resolvers();
      const worker = spawn(() => make(promise));
      await sleep(1);
      await sleep(0);

      worker.kill();
      reject(boom);
      await worker.join();
      for (let turns = 0; turns < 4; turns += 1) await turn();

      // Greenlets that are not branches continue and fail.
      for (const { error } of reported.splice(0)) assert.is(error, boom);
    }),
  );
}

test('every export that may get a promise is in the contract', () => {
  const inContract = new Set([...direct, ...listed, ...returned].map(({ exported }) => exported));
  const missing = Object.keys(greenhub).filter((name) => !inContract.has(name) && !(name in takesNone));
  assert.equal(missing, []);
});

function resolvers(): { promise: Promise<never>; reject: (error: unknown) => void } {
  let reject = (_: unknown): void => {};
  const promise = new Promise<never>((_, rejectIt) => {
    reject = rejectIt;
  });
  return { promise, reject };
}

type Refused = (promise: Promise<never>) => unknown;

/** Iterates over a promise, and then fails. */
function* broken(promise: Promise<never>): Generator<never, void, unknown> {
  yield promise as never;
  throw new RangeError('a broken list');
}

/** Calls that are refused although a promise was passed to them. */
const refused: Record<string, Refused> = {
  'withTimeout() with a negative time': (promise) => greenhub.withTimeout(-1, promise),
  'withTimeout() with no time': (promise) => greenhub.withTimeout('x' as never, promise),
  'withTimeout() with a misspelt option': (promise) => greenhub.withTimeout(1, promise, { value: 1 } as never),
  'wait() with a misspelt option': (promise) => greenhub.wait([promise], { timout: 5 } as never),
  'wait() beside something else': (promise) => greenhub.wait([5 as never, promise]),
  'iwait() with a misspelt option': (promise) => greenhub.iwait([promise], { timout: 5 } as never),
  'retry()': (promise) => greenhub.retry(promise as never),
  'all() beside something else': (promise) => greenhub.all([5 as never, promise]),
  'race() beside something else': (promise) => race([5 as never, promise]),
  'select() beside something else': (promise) => greenhub.select({ a: 5 as never, promise }),
  'all() of a list that fails': (promise) => greenhub.all(broken(promise)),
  'any() of a list that fails': (promise) => greenhub.any(broken(promise)),
  'wait() of a list that fails': (promise) => greenhub.wait(broken(promise)),
  'iwait() of a list that fails': (promise) => greenhub.iwait(broken(promise)),
};

for (const [name, call] of Object.entries(refused)) {
  test(
    `a promise that was handed to ${name} may reject, although the call is refused`,
    whereAllIsHandled(async () => {
      assert.throws(() => call(Promise.reject(boom)));
      await turn();
    }),
  );
}

test(
  'a promise among the greenlets of joinall() may reject, although the wait is refused',
  whereAllIsHandled(async () => {
    const error = await failureOf(spawn(() => greenhub.joinall([Promise.reject(boom) as never])));
    assert.instance(error, TypeError);
  }),
);

test.run();
