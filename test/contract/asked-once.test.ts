/** A thenable that is not a native promise may be lazy, like a query builder: each `then()` begins its work again. */
import * as assert from 'uvu/assert';
import { getHub, Queue, race, sleep, spawn, until, withTimeout } from '../../lib/index.ts';
import { failureOf } from '../support/failure.ts';
import { suite } from '../support/harness.ts';
import { outcomeOf } from '../support/outcome.ts';
import { onVirtualTime } from '../support/virtual-clock.ts';
import { handed, type PromiseCall, returned } from './promise-calls.ts';

const test = suite('contract/asked-once');
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

type Then = (resolve: (value: unknown) => void, reject: (error: unknown) => void) => void;

/** A thenable that counts the calls of its `then()`. */
class Query implements PromiseLike<unknown> {
  asked = 0;
  private readonly answer: Then;

  constructor(answer: Then = () => {}) {
    this.answer = answer;
  }

  // biome-ignore lint/suspicious/noThenProperty: it is a thenable
  then<A = unknown, B = never>(resolve?: unknown, reject?: unknown): PromiseLike<A | B> {
    this.asked += 1;
    this.answer(resolve as (value: unknown) => void, reject as (error: unknown) => void);
    return this as unknown as PromiseLike<A | B>;
  }
}

/** Promises of a class that begins its work in `then()`. */
class LazyPromise extends Promise<unknown> {
  asked = 0;

  // biome-ignore lint/suspicious/noThenProperty: it is a lazy promise
  override then<A = unknown, B = never>(
    resolve?: ((value: unknown) => A | PromiseLike<A>) | null,
    reject?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    this.asked += 1;
    return super.then(resolve, reject);
  }
}

const boom = new Error('boom');
const calls = [...handed, ...returned];

function checkResult(
  { name, resultOf }: PromiseCall,
  outcome: { value?: unknown; error?: unknown },
  expected: object,
): void {
  if (resultOf !== undefined) assert.equal(resultOf(outcome), expected, name);
}

for (const call of calls) {
  const { name, make } = call;

  test(`${name} calls then() of a thenable once, when the wait begins`, async () => {
    const query = new Query((resolve) => resolve('row'));
    const operation = make(query);
    await turn();
    assert.is(query.asked, 0);

    const outcome = await spawn(() => outcomeOf(operation));
    await turn();

    assert.is(query.asked, 1);
    checkResult(call, outcome, { value: 'row' });
  });

  test(`${name} calls then() once more for each further wait`, async () => {
    const query = new Query((resolve) => resolve('row'));
    const operation = make(query);

    await spawn(() => outcomeOf(operation));
    await spawn(() => outcomeOf(operation));

    // The second step of an iteration finds its end.
    assert.is(query.asked, /^(iwait|group\.imap)/.test(name) ? 1 : 2);
  });

  test(`${name} that is killed while it waits for a thenable does not call then() again`, async () => {
    let answer = (_: unknown): void => {};
    const query = new Query((resolve) => {
      answer = resolve;
    });
    const worker = spawn(() => make(query));
    while (query.asked === 0) await turn();

    worker.kill();
    await turn();
    // A shield waits for it to the end, and a greenlet that is not a branch continues.
    answer('row');
    await worker.join();
    await turn();

    assert.is(query.asked, 1);
  });

  test(`${name} throws the error of a then()`, async ({ reported }) => {
    const query = new Query(() => {
      throw boom;
    });

    const outcome = await spawn(() => outcomeOf(make(query)));

    assert.is(query.asked, 1);
    checkResult(call, outcome, { error: boom });
    reported.length = 0;
  });

  test(`if a then() calls both callbacks and throws, ${name} takes the first outcome`, async () => {
    const query = new Query((resolve, reject) => {
      resolve('row');
      reject(boom);
      resolve('another');
      throw boom;
    });

    const outcome = await spawn(() => outcomeOf(make(query)));

    checkResult(call, outcome, { value: 'row' });
  });
}

for (const { name, make } of handed) {
  test(`${name} calls no then() in a greenlet that was already killed`, async () => {
    const query = new Query((resolve) => resolve('row'));
    const worker = spawn(function* () {
      try {
        yield* sleep(Infinity);
      } finally {
        yield* make(query);
      }
    });
    await sleep(0);

    await worker.kill();
    await turn();

    // A shielded wait continues, even in a killed greenlet.
    assert.is(query.asked, name.startsWith('shield') ? 1 : 0);
  });

  test(`a branch with ${name} that has not begun does not begin when it is cancelled`, async () => {
    const query = new Query();
    const queue = new Queue<string>();
    queue.putNowait('item');

    assert.is(await spawn(() => race([queue.get(), make(query)])), 'item');
    await turn();

    assert.is(query.asked, 0);
  });

  test(`${name} calls the then() of a promise subclass once, and not before the wait begins`, async () => {
    const lazy = new LazyPromise((resolve) => resolve('row'));
    const operation = make(lazy);
    await turn();
    assert.is(lazy.asked, 0);

    await spawn(() => outcomeOf(operation));

    assert.is(lazy.asked, 1);
  });
}

test('race() calls no then() of a branch that has not begun when another wins', async () => {
  const query = new Query();

  await spawn(() => race([() => 'won', until(query), query]));
  await turn();

  assert.is(query.asked, 0);
});

test('a timeout calls then() once, and the late answer changes nothing', () =>
  onVirtualTime(async () => {
    let answer = (_: unknown): void => {};
    const query = new Query((resolve) => {
      answer = resolve;
    });

    const seen = await spawn(function* () {
      const first = yield* withTimeout(10, until(query), { timeoutValue: 'late' });
      answer('row');
      yield* sleep(1);
      return first;
    });

    assert.is(seen, 'late');
    assert.is(query.asked, 1);
    assert.is(getHub().now(), 11);
  }));

test('a wait follows a thenable whose value is a thenable, as await does', async () => {
  const inner = new Query((resolve) => resolve('row'));
  assert.is(await spawn(() => until(new Query((resolve) => resolve(inner)))), 'row');
  assert.is(inner.asked, 1);

  const failing = new Query((resolve) => resolve(Promise.reject(boom)));
  assert.is(await failureOf(spawn(() => until(failing))), boom);
});

test('a function with a then() is called as a body', async () => {
  const query = new Query((resolve) => resolve('row'));
  // biome-ignore lint/suspicious/noThenProperty: it is a thenable
  const body = Object.assign(() => 'called', { then: query.then.bind(query) });

  assert.is(await spawn(() => withTimeout(1_000, body as () => string)), 'called');
  assert.is(await spawn(() => race([body as () => string])), 'called');
  assert.is(query.asked, 0);
});

test.run();
