import * as assert from 'uvu/assert';
import {
  any,
  type Body,
  type Coroutine,
  GreenletExit,
  getHub,
  idle,
  Queue,
  shield,
  sleep,
  spawn,
} from '../../lib/index.ts';
import { failureOf, thrownBy } from '../support/failure.ts';
import { suite } from '../support/harness.ts';
import { outcomeOf } from '../support/outcome.ts';
import { reportsMade } from '../support/reports.ts';
import { onVirtualTime } from '../support/virtual-clock.ts';

const test = suite('pool/any');

function fail(message: string, ms = 0): () => Coroutine<never> {
  return function* () {
    if (ms > 0) yield* sleep(ms);
    throw new Error(message);
  };
}

function messagesOf(error: unknown): string[] {
  assert.instance(error, AggregateError);
  return (error as AggregateError).errors.map((inner) => (inner as Error).message);
}

test('any() gives the first success, and passes over failures before it', () =>
  onVirtualTime(async () => {
    const value = await spawn(() =>
      any([
        fail('at once'),
        fail('early', 5),
        function* () {
          yield* sleep(20);
          return 'second';
        },
        function* () {
          yield* sleep(10);
          return 'first';
        },
      ]),
    );

    assert.is(value, 'first');
    assert.is(getHub().now(), 10);
  }));

test('a success that is undefined is one', async () => {
  assert.is(await any([fail('no'), () => undefined, () => 1]), undefined);
});

test('any() of which all fail throws an AggregateError with their errors in the order of the list', () =>
  onVirtualTime(async () => {
    const { error } = await spawn(() => outcomeOf(any([fail('a', 30), fail('b', 10), fail('c')])));

    assert.equal(messagesOf(error), ['a', 'b', 'c']);
    assert.match((error as Error).message, 'any()');
    assert.is(getHub().now(), 30);
  }));

test('any() of a single failing operation throws an AggregateError too', async () => {
  assert.equal(messagesOf(await failureOf(any([fail('alone')]))), ['alone']);
});

test('any() of an empty list throws an AggregateError without errors, when it is waited for', async () => {
  const operation = any([]);

  assert.equal(messagesOf(await failureOf(operation)), []);
});

test('operations that need not wait and fail have their place in the AggregateError', async () => {
  const shut = new Queue<number>();
  shut.shutdown();
  const empty = new Queue<number>();

  const error = await failureOf(
    any([empty.get({ timeout: 0 }), fail('b'), shut.get(), Promise.reject(new Error('d'))]),
  );

  assert.equal(
    (error as AggregateError).errors.map(({ name, message }) => (name === 'Error' ? message : name)),
    ['Empty', 'b', 'ShutDown', 'd'],
  );
});

test('the losers of any() are cancelled, and have ended with their cleanup when it returns', () =>
  onVirtualTime(async () => {
    const seen: string[] = [];

    const value = await spawn(() =>
      any<Body<unknown>>([
        function* () {
          try {
            yield* sleep(Infinity);
          } catch (error) {
            seen.push(error instanceof GreenletExit ? 'cancelled' : 'failed');
            throw error;
          } finally {
            yield* shield(sleep(5));
            seen.push('cleaned up');
          }
        },
        fail('no', 1),
        function* () {
          yield* sleep(10);
          return 'won';
        },
      ]),
    );

    assert.is(value, 'won');
    assert.equal(seen, ['cancelled', 'cleaned up']);
    assert.is(getHub().now(), 15);
  }));

test('a failure takes nothing from the others: the second item stays where the first has failed its taker', async () => {
  const first = new Queue<number>();
  const second = new Queue<number>();
  const third = new Queue<number>();
  const worker = spawn(() =>
    any([
      function* (): Coroutine<number> {
        yield* first.get();
        throw new Error('not this one');
      },
      second.get(),
      third.get(),
    ]),
  );
  await idle();

  for (const queue of [first, second, third]) queue.putNowait(7);

  assert.is(await worker, 7);
  assert.equal(
    [first, second, third].map((queue) => queue.qsize()),
    [0, 0, 1],
  );
});

test('any() starts no body after one that succeeds without waiting', async () => {
  const started: string[] = [];

  const value = await any([
    fail('no'),
    () => 'won',
    () => {
      started.push('loser');
    },
  ]);

  assert.is(value, 'won');
  assert.equal(started, []);
});

test('errors of the losers of any() are not reported', async ({ reported }) => {
  await any([fail('a'), Promise.reject(new Error('b')), () => 1, Promise.reject(new Error('c'))]);
  await sleep(1);
  await reportsMade();

  assert.equal(reported, []);
});

test('any() refuses a value that is not a list, at the call', () => {
  for (const bad of [undefined, null, 1, sleep(1), () => 1, {}]) {
    assert.instance(
      thrownBy(() => any(bad as never)),
      TypeError,
    );
  }
});

test.run();
