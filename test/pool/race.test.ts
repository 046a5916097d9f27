import * as assert from 'uvu/assert';
import { type Body, Event, getHub, Queue, race, sleep, spawn, until } from '../../lib/index.ts';
import { failureOf, thrownBy } from '../support/failure.ts';
import { suite } from '../support/harness.ts';
import { assertNoTrace } from '../support/leaks.ts';
import { outcomeOf } from '../support/outcome.ts';
import { reportsMade } from '../support/reports.ts';
import { onVirtualTime } from '../support/virtual-clock.ts';

const test = suite('pool/race');

test('race() gives the value of the first to end', () =>
  onVirtualTime(async () => {
    const after = (ms: number) =>
      function* () {
        yield* sleep(ms);
        return ms;
      };

    assert.is(await spawn(() => race([after(20), after(10), after(30)])), 10);
    assert.is(getHub().now(), 10);
  }));

test('race() throws the error of the first to end, though others would succeed', () =>
  onVirtualTime(async () => {
    const error = new RangeError('first');

    const outcome = await spawn(() =>
      outcomeOf(
        race([
          function* () {
            yield* sleep(20);
            return 'late';
          },
          function* () {
            yield* sleep(10);
            throw error;
          },
        ]),
      ),
    );

    assert.is(outcome.error, error);
    assert.is(getHub().now(), 10);
  }));

const racers: { name: string; make(): Body<unknown>; gives: unknown }[] = [
  {
    name: 'a function*',
    make: () =>
      function* () {
        yield* sleep(0);
        return 1;
      },
    gives: 1,
  },
  { name: 'a function', make: () => () => 2, gives: 2 },
  { name: 'an async function', make: () => async () => 3, gives: 3 },
  { name: 'a function that gives an operation', make: () => () => until(Promise.resolve(4)), gives: 4 },
  { name: 'an operation', make: () => until(Promise.resolve(5)), gives: 5 },
  { name: 'a promise', make: () => Promise.resolve(6), gives: 6 },
  { name: 'a greenlet', make: () => spawn(() => 7), gives: 7 },
  { name: 'a race', make: () => race([() => race([sleep(Infinity), () => 8])]), gives: 8 },
];

for (const { name, make, gives } of racers) {
  test(`race() takes ${name}, first and last in the list`, async () => {
    assert.is(await race([make(), sleep(Infinity)]), gives);
    assert.is(await race([sleep(Infinity), make()]), gives);
  });
}

test('of several that need not wait the first in the list wins, and nothing else begins', async () => {
  const [first, second] = [new Queue<string>(), new Queue<string>()];
  first.putNowait('a');
  second.putNowait('b');
  const seen: string[] = [];
  const late = () => {
    seen.push('late');
    return 'late';
  };

  assert.is(await race([second.get(), first.get(), late]), 'b');
  assert.is(await race([late, first.get()]), 'late');
  assert.is(await race([() => first.get(), late]), 'a');

  assert.equal(seen, ['late']);
  assert.is(first.empty(), true);
});

test('a race() that need not wait lets no other greenlet run', async () => {
  const event = new Event();
  event.set();

  const seen = await spawn(function* () {
    let othersRan = false;
    spawn(() => {
      othersRan = true;
    });
    yield* race([event.wait(), sleep(Infinity)]);
    return othersRan;
  });

  assert.is(seen, false);
});

test('a body that ends after some steps wins over an earlier one that waits', async () => {
  const steps: number[] = [];

  const value = await race([
    sleep(Infinity),
    function* () {
      for (const step of [1, 2, 3]) {
        yield* sleep(0);
        steps.push(step);
      }
      return 'done';
    },
  ]);

  assert.is(value, 'done');
  assert.equal(steps, [1, 2, 3]);
});

test('a later rejection of a losing promise is not a failure', async ({ reported }) => {
  const rejections: unknown[] = [];
  const note = (reason: unknown) => rejections.push(reason);
  process.on('unhandledRejection', note);
  const late = new Event();
  const losing = async () => {
    await late.wait();
    throw new Error('late');
  };

  try {
    await race([losing(), () => 'won']);
    await race([() => 'won', losing()]);
    await race([losing(), sleep(0)]);
    late.set();
    await sleep(1);
    await sleep(1);
    await reportsMade();
  } finally {
    process.off('unhandledRejection', note);
  }

  assert.equal(rejections, []);
  assert.equal(reported, []);
});

test('a losing greenlet continues, and its later failure is reported', async ({ reported }) => {
  const event = new Event();
  const job = spawn(function* () {
    yield* event.wait();
    throw new RangeError('later');
  });

  await race([job, sleep(0)]);
  assert.is(job.dead, false);
  event.set();
  await sleep(1);
  await reportsMade();

  assert.equal(
    reported.splice(0).map(({ error }) => (error as Error).message),
    ['later'],
  );
});

test('race() refuses an empty list, at the call, because it would never end', () => {
  assert.instance(
    thrownBy(() => race([])),
    RangeError,
  );
});

test('race() refuses a value that is not a list, at the call', () => {
  for (const bad of [undefined, null, 1, sleep(1), () => 1, {}]) {
    assert.instance(
      thrownBy(() => race(bad as never)),
      TypeError,
    );
  }
});

test('a race() of one is that one', async () => {
  const error = new Error('alone');

  assert.is(await race([() => 1]), 1);
  assert.is(
    await failureOf(
      race([
        () => {
          throw error;
        },
      ]),
    ),
    error,
  );
});

test('ten thousand racers leave nothing behind', async () => {
  const queue = new Queue<number>();
  const racers = Array.from({ length: 10_000 }, () => queue.get({ timeout: 60_000 }));
  const worker = spawn(() => race(racers));
  await sleep(0);
  await sleep(0);

  for (const item of [1, 2, 3]) queue.putNowait(item);

  assert.is(await worker, 1);
  assert.is(queue.qsize(), 2);
  assertNoTrace(queue);
});

test.run();
