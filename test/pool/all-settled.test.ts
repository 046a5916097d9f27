import * as assert from 'uvu/assert';
import {
  allSettled,
  GreenletExit,
  getHub,
  Queue,
  shield,
  sleep,
  spawn,
  Timeout,
  withTimeout,
} from '../../lib/index.ts';
import { thrownBy } from '../support/failure.ts';
import { suite } from '../support/harness.ts';
import { assertNoTrace } from '../support/leaks.ts';
import { outcomeOf } from '../support/outcome.ts';
import { reportsMade } from '../support/reports.ts';
import { onVirtualTime } from '../support/virtual-clock.ts';

const test = suite('pool/all-settled');

test('allSettled() gives how each ended, place by place, in the shape of Promise.allSettled', async () => {
  const error = new RangeError('no');
  const bodies = [
    function* () {
      yield* sleep(1);
      return 'late';
    },
    () => {
      throw error;
    },
    Promise.resolve('promised'),
    () => undefined,
  ] as const;

  const settled = await allSettled(bodies);

  assert.equal(settled, [
    { status: 'fulfilled', value: 'late' },
    { status: 'rejected', reason: error },
    { status: 'fulfilled', value: 'promised' },
    { status: 'fulfilled', value: undefined },
  ]);
});

test('allSettled() is the same list that Promise.allSettled gives', async () => {
  const promises = () => [Promise.resolve(1), Promise.reject(new Error('two')), Promise.resolve(undefined)];

  assert.equal(await allSettled(promises()), await Promise.allSettled(promises()));
});

test('a failure does not stop the others', () =>
  onVirtualTime(async () => {
    const settled = await spawn(() =>
      allSettled([
        () => {
          throw new Error('at once');
        },
        function* () {
          yield* sleep(10);
          throw new Error('later');
        },
        function* () {
          yield* sleep(20);
          return 'last';
        },
      ]),
    );

    assert.equal(
      settled.map(({ status }) => status),
      ['rejected', 'rejected', 'fulfilled'],
    );
    assert.is(getHub().now(), 20);
  }));

test('allSettled() of an empty list gives an empty list', async () => {
  assert.equal(await allSettled([]), []);
});

test('a body that was killed counts as rejected with its exit', async () => {
  const job = spawn(() => sleep(Infinity));
  const worker = spawn(() => allSettled([job, () => 1]));
  await sleep(0);

  job.kill();
  const [first, second] = await worker;

  assert.is(first.status, 'rejected');
  assert.ok(first.status === 'rejected' && first.reason instanceof GreenletExit);
  assert.equal(second, { status: 'fulfilled', value: 1 });
});

test('errors in the result of allSettled() are not reported', async ({ reported }) => {
  await allSettled([
    () => {
      throw new Error('one');
    },
    Promise.reject(new Error('two')),
    spawn(() => {
      throw new Error('three');
    }),
  ]);
  await sleep(1);
  await reportsMade();

  assert.equal(reported, []);
});

test('a cancelled allSettled() cancels its branches, waits for them, and throws', () =>
  onVirtualTime(async () => {
    const seen: string[] = [];
    const queue = new Queue<number>();

    const { error } = await spawn(() =>
      outcomeOf(
        withTimeout(
          10,
          allSettled([
            () => 'done',
            queue.get(),
            function* () {
              try {
                yield* sleep(Infinity);
              } finally {
                yield* shield(sleep(5));
                seen.push('cleaned up');
              }
            },
          ]),
        ),
      ),
    );

    assert.ok(error instanceof Timeout);
    assert.equal(seen, ['cleaned up']);
    assert.is(getHub().now(), 15);
    assertNoTrace(queue);
  }));

test('allSettled() refuses a value that is not a list, at the call', () => {
  for (const bad of [undefined, null, 1, sleep(1), () => 1, {}]) {
    assert.instance(
      thrownBy(() => allSettled(bad as never)),
      TypeError,
    );
  }
});

test.run();
