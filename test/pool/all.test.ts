import * as assert from 'uvu/assert';
import { all, type Body, Event, GreenletExit, getHub, Queue, shield, sleep, spawn } from '../../lib/index.ts';
import { failureOf, thrownBy } from '../support/failure.ts';
import { suite } from '../support/harness.ts';
import { assertNoTrace } from '../support/leaks.ts';
import { outcomeOf } from '../support/outcome.ts';
import { reportsMade } from '../support/reports.ts';
import { onVirtualTime } from '../support/virtual-clock.ts';

const test = suite('pool/all');

test('all() gives the results in the order of the list, not in the order of ends', () =>
  onVirtualTime(async () => {
    const after = (ms: number) =>
      function* () {
        yield* sleep(ms);
        return ms;
      };

    const results = await spawn(() => all([after(30), after(10), after(20)]));

    assert.equal(results, [30, 10, 20]);
    assert.is(getHub().now(), 30);
  }));

test('all() takes functions of every kind, operations, promises and greenlets', async () => {
  const queue = new Queue<string>();
  queue.putNowait('an item');
  const greenlet = spawn(() => 'a greenlet');

  const results = await all([
    function* () {
      yield* sleep(0);
      return 'a function*';
    },
    () => 'a function',
    async () => 'an async function',
    () => sleep(0),
    () => Promise.resolve('a function that gives a promise'),
    queue.get(),
    Promise.resolve('a promise'),
    greenlet,
  ]);

  assert.equal(results, [
    'a function*',
    'a function',
    'an async function',
    undefined,
    'a function that gives a promise',
    'an item',
    'a promise',
    'a greenlet',
  ]);
});

test('all() takes any iterable, and goes through it at the call', async () => {
  const bodies = new Set<Body<number>>([() => 1, () => 2]);

  const operation = all(bodies);
  bodies.clear();

  assert.equal(await operation, [1, 2]);
});

test('all() of an empty list gives an empty list, and lets no other greenlet run', async () => {
  const seen = await spawn(function* () {
    let othersRan = false;
    spawn(() => {
      othersRan = true;
    });
    return { results: yield* all([]), othersRan };
  });

  assert.equal(seen, { results: [], othersRan: false });
});

test('a result that is undefined has its place', async () => {
  assert.equal(await all([() => undefined, () => 1, () => {}]), [undefined, 1, undefined]);
});

test('all() runs its bodies side by side, in the order of the list', async () => {
  const seen: string[] = [];
  const twice = (name: string) =>
    function* () {
      seen.push(`${name}1`);
      yield* sleep(0);
      seen.push(`${name}2`);
    };

  await all([twice('a'), twice('b'), twice('c')]);

  assert.equal(seen, ['a1', 'b1', 'c1', 'a2', 'b2', 'c2']);
});

test('all() throws the failure that came first in time, not in the list', () =>
  onVirtualTime(async () => {
    const failAfter = (ms: number) =>
      function* () {
        yield* sleep(ms);
        throw new Error(`after ${ms}`);
      };

    const { error } = await spawn(() => outcomeOf(all([failAfter(20), failAfter(10), failAfter(30)])));

    assert.is((error as Error).message, 'after 10');
    assert.is(getHub().now(), 10);
  }));

test('a thrown value that is not an error is thrown unchanged, even undefined', async () => {
  const failures = [undefined, null, 'text', 0];

  for (const failure of failures) {
    const { error } = await spawn(() =>
      outcomeOf(
        all([
          () => 1,
          () => {
            throw failure;
          },
        ]),
      ),
    );
    assert.is(error, failure);
  }
});

test('the first failure of all() cancels the others, and is thrown when they have ended, blocking cleanup included', () =>
  onVirtualTime(async () => {
    const seen: string[] = [];

    const { error } = await spawn(() =>
      outcomeOf(
        all([
          function* () {
            try {
              yield* sleep(Infinity);
            } catch (cancelled) {
              if (cancelled instanceof GreenletExit) seen.push('cancelled');
              throw cancelled;
            } finally {
              yield* shield(sleep(50));
              seen.push('cleaned up');
            }
          },
          function* () {
            yield* sleep(10);
            throw new RangeError('first');
          },
        ]),
      ),
    );

    assert.ok(error instanceof RangeError);
    assert.equal(seen, ['cancelled', 'cleaned up']);
    assert.is(getHub().now(), 60);
  }));

test('a body after one that fails at once is cancelled before it continues', async () => {
  const seen: string[] = [];

  await failureOf(
    all([
      () => {
        throw new Error('at once');
      },
      function* () {
        seen.push('began');
        yield* sleep(0);
        yield* sleep(0);
        yield* sleep(0);
        seen.push('went on');
      },
    ]),
  );

  assert.is(seen.includes('went on'), false);
});

test('the failure of a cancelled branch goes to the hub, and the first failure to the caller', async ({ reported }) => {
  const inCleanup = new Error('in the cleanup');

  const { error } = await spawn(() =>
    outcomeOf(
      all([
        function* () {
          try {
            yield* sleep(Infinity);
          } finally {
            // biome-ignore lint/correctness/noUnsafeFinally: this is what is tested
            throw inCleanup;
          }
        },
        function* () {
          yield* sleep(0);
          throw new RangeError('first');
        },
      ]),
    ),
  );
  await sleep(1);
  await reportsMade();

  assert.ok(error instanceof RangeError);
  assert.equal(
    reported.splice(0).map((report) => report.error),
    [inCleanup],
  );
});

test('a killed all() cancels its bodies, and has ended when they have', () =>
  onVirtualTime(async () => {
    let cleaned = 0;
    const body = function* () {
      try {
        yield* sleep(Infinity);
      } finally {
        yield* shield(sleep(20));
        cleaned += 1;
      }
    };
    const worker = spawn(() => all([body, body]));
    await sleep(10);

    await worker.kill();

    assert.ok(worker.exception instanceof GreenletExit);
    assert.is(cleaned, 2);
    assert.is(getHub().now(), 30);
  }));

test('a killed all() stands in no line any more', async () => {
  const queue = new Queue<number>();
  const event = new Event();
  const worker = spawn(() => all([queue.get(), event.wait(), queue.get({ timeout: 1_000 })]));
  await sleep(0);

  await worker.kill();

  assertNoTrace(queue, event);
});

test('a greenlet in the list continues when the all() that waits for it is cancelled', async () => {
  const event = new Event();
  const job = spawn(function* () {
    yield* event.wait();
    return 'done';
  });
  const { error } = await spawn(() =>
    outcomeOf(
      all([
        job,
        () => {
          throw new RangeError('no');
        },
      ]),
    ),
  );

  event.set();

  assert.ok(error instanceof RangeError);
  assert.is(await job, 'done');
});

test('a greenlet killed from elsewhere makes the all() that waits for it fail with its exit', async () => {
  const job = spawn(() => sleep(Infinity));
  const worker = spawn(() => outcomeOf(all([job, sleep(Infinity)])));
  await sleep(0);

  job.kill();

  assert.is((await worker).error, job.exception);
});

test('one queue under several bodies of all() serves them in the order of the list', async () => {
  const queue = new Queue<string>();
  const worker = spawn(() => all([queue.get(), queue.get(), queue.get()]));
  await sleep(0);

  for (const item of ['a', 'b', 'c']) queue.putNowait(item);

  assert.equal(await worker, ['a', 'b', 'c']);
});

test('the bodies of all() may wait for each other', async () => {
  const queue = new Queue<number>(1);
  const produce = function* () {
    for (let item = 0; item < 5; item += 1) yield* queue.put(item);
    queue.shutdown();
  };
  const consume = function* () {
    let sum = 0;
    for (let count = 0; count < 5; count += 1) sum += yield* queue.get();
    return sum;
  };

  assert.equal(await all([produce, consume]), [undefined, 10]);
});

test('ten thousand bodies run at once, and leave nothing behind', async () => {
  const event = new Event();
  const worker = spawn(() => all(Array.from({ length: 10_000 }, (_, index) => () => waitAndGive(index))));
  await sleep(0);

  event.set();
  const results = await worker;

  assert.is(results.length, 10_000);
  assert.is(results[9_999], 9_999);
  assertNoTrace(event);

  function* waitAndGive(index: number) {
    yield* event.wait();
    return index;
  }
});

test('all() refuses a value that is not a list, at the call', () => {
  for (const bad of [undefined, null, 1, sleep(1), () => 1, { a: sleep(1) }]) {
    assert.instance(
      thrownBy(() => all(bad as never)),
      TypeError,
    );
  }
});

test.run();
