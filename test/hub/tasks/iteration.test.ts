import * as assert from 'uvu/assert';
import { type Coroutine, call, forEach, Iteration, iwait, Queue, ShutDown, sleep, spawn } from '../../../lib/index.ts';
import { failureOf } from '../../support/failure.ts';
import { suite } from '../../support/harness.ts';

const test = suite('Iteration');

/** Counts up to `last`, with a suspension before each. */
function counting(last: number, onClose?: () => void): Iteration<number> {
  let count = 0;
  return new Iteration<number>(
    () =>
      call(function* (): Coroutine<IteratorResult<number, undefined>> {
        yield* sleep(0);
        count += 1;
        return count > last ? { done: true, value: undefined } : { done: false, value: count };
      }),
    onClose,
  );
}

test('next() is an operation for the next step', async () => {
  const iteration = counting(1);

  assert.equal(await iteration.next(), { done: false, value: 1 });
  assert.equal(await iteration.next(), { done: true, value: undefined });
});

test('next() is lazy', async () => {
  const iteration = counting(3);

  iteration.next();
  iteration.next();
  await sleep(0);

  assert.equal(await iteration.next(), { done: false, value: 1 });
});

test('for await works outside greenlets', async () => {
  const seen: number[] = [];

  for await (const item of counting(3)) seen.push(item);

  assert.equal(seen, [1, 2, 3]);
});

test('forEach() works inside greenlets', async () => {
  const seen: number[] = [];
  const gr = spawn(() =>
    forEach(counting(3), function* (item) {
      yield* sleep(0);
      seen.push(item);
    }),
  );

  await gr;

  assert.equal(seen, [1, 2, 3]);
});

test('next() can be yielded', async () => {
  const iteration = counting(2);
  const gr = spawn(function* () {
    const seen: number[] = [];
    for (let step = yield* iteration.next(); step.done !== true; step = yield* iteration.next()) seen.push(step.value);
    return seen;
  });

  assert.equal(await gr, [1, 2]);
});

test('a step after return() takes nothing', async () => {
  const queue = new Queue<number>();
  queue.putNowait(1);
  const steps = queue[Symbol.asyncIterator]();
  await steps.return?.();

  assert.equal(await steps.next(), { done: true, value: undefined });
  assert.is(queue.qsize(), 1);
});

test('breaking off a for await closes the iteration, once', async () => {
  let closed = 0;

  for await (const _ of counting(3, () => {
    closed += 1;
  }))
    break;

  assert.is(closed, 1);
});

test('an error in a for await or forEach closes the iteration and is thrown', async () => {
  let closed = 0;
  const boom = new Error('boom');
  const close = (): void => {
    closed += 1;
  };
  const loop = async (): Promise<void> => {
    for await (const _ of counting(3, close)) throw boom;
  };

  assert.is(await failureOf(loop()), boom);
  assert.is(
    await failureOf(
      forEach(counting(3, close), () => {
        throw boom;
      }),
    ),
    boom,
  );
  assert.is(closed, 2);
});

test('an error of a step is thrown at the consumer', async () => {
  const boom = new Error('boom');
  const failing = new Iteration<number>(() =>
    call((): IteratorResult<number, undefined> => {
      throw boom;
    }),
  );
  const loop = async (): Promise<void> => {
    for await (const _ of failing);
  };

  assert.is(await failureOf(loop()), boom);
  assert.is(await failureOf(failing.next()), boom);
});

test('an iteration without a close function may be broken off', async () => {
  for await (const _ of counting(3)) break;
});

test('a queue is iterated until it is shut down', async () => {
  const queue = new Queue<number>();
  for (const item of [1, 2, 3]) queue.putNowait(item);
  queue.shutdown();
  const seen: number[] = [];

  for await (const item of queue) seen.push(item);

  assert.equal(seen, [1, 2, 3]);
  assert.instance(await failureOf(queue.get()), ShutDown);
});

test('return() ends an iwait()', async () => {
  const iteration = iwait([sleep(1_000_000)]);

  iteration.return();

  assert.equal(await iteration.next(), { done: true, value: undefined });
});

test.run();
