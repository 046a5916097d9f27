import * as assert from 'uvu/assert';
import {
  Event,
  GreenletExit,
  getHub,
  nursery,
  Queue,
  race,
  retry,
  sleep,
  spawn,
  spawnLater,
  Timeout,
  withTimeout,
} from '../../lib/index.ts';
import { failureOf, thrownBy } from '../support/failure.ts';
import { suite } from '../support/harness.ts';
import { assertNoTrace } from '../support/leaks.ts';
import { outcomeOf } from '../support/outcome.ts';
import { onVirtualTime } from '../support/virtual-clock.ts';

const test = suite('pool/retry');

/** A body that fails this many times and records when it was called. */
function failing(times: number) {
  const calls: number[] = [];
  const body = (attempt: number) => {
    calls.push(getHub().now());
    if (attempt <= times) throw new Error(`attempt ${attempt}`);
    return `attempt ${attempt}`;
  };
  return { calls, body };
}

test('a body that succeeds at once is not retried, and lets no other greenlet run', async () => {
  const { calls, body } = failing(0);
  const seen = await spawn(function* () {
    let othersRan = false;
    spawn(() => {
      othersRan = true;
    });
    return { value: yield* retry(body), othersRan };
  });

  assert.equal(seen, { value: 'attempt 1', othersRan: false });
  assert.is(calls.length, 1);
});

test('by default, pauses begin with 100 ms and double', () =>
  onVirtualTime(async () => {
    const { calls, body } = failing(4);

    assert.is(await spawn(() => retry(body)), 'attempt 5');

    assert.equal(calls, [0, 100, 300, 700, 1_500]);
  }));

test('by default there are five attempts, and the error of the last is thrown without a pause', () =>
  onVirtualTime(async () => {
    const { calls, body } = failing(Infinity);

    const { error } = await spawn(() => outcomeOf(retry(body)));

    assert.is((error as Error).message, 'attempt 5');
    assert.is(calls.length, 5);
    assert.is(getHub().now(), 1_500);
  }));

const plans = [
  { options: { attempts: 1 }, calls: [0] },
  { options: { attempts: 3, minDelay: 10 }, calls: [0, 10, 30] },
  { options: { attempts: 4, minDelay: 10, factor: 3 }, calls: [0, 10, 40, 130] },
  { options: { attempts: 4, minDelay: 10, factor: 1 }, calls: [0, 10, 20, 30] },
  { options: { attempts: 5, minDelay: 10, maxDelay: 25 }, calls: [0, 10, 30, 55, 80] },
  { options: { attempts: 3, minDelay: 100, maxDelay: 5 }, calls: [0, 5, 10] },
  { options: { attempts: 3, minDelay: 0 }, calls: [0, 0, 0] },
  { options: { attempts: 3, maxDelay: 0 }, calls: [0, 0, 0] },
  { options: { attempts: 3, jitter: 0 }, calls: [0, 100, 300] },
  { options: { attempts: 3, jitter: false }, calls: [0, 100, 300] },
];

for (const { options, calls: expected } of plans) {
  test(`retry() with ${JSON.stringify(options)} calls at ${expected.join(', ')}`, () =>
    onVirtualTime(async () => {
      const { calls, body } = failing(Infinity);

      await spawn(() => outcomeOf(retry(body, options)));

      assert.equal(calls, expected);
    }));
}

test('by default the longest pause is 30 s', () =>
  onVirtualTime(async () => {
    const { calls, body } = failing(3);

    await spawn(() => retry(body, { minDelay: 20_000 }));

    assert.equal(calls, [0, 20_000, 50_000, 80_000]);
  }));

test('attempts: Infinity retries until a success', () =>
  onVirtualTime(async () => {
    const { calls, body } = failing(50);

    await spawn(() => retry(body, { attempts: Infinity, minDelay: 1, maxDelay: 1 }));

    assert.is(calls.length, 51);
  }));

for (const { jitter, least } of [
  { jitter: 0.5, least: 0.5 },
  { jitter: 1, least: 0 },
  { jitter: true, least: 0 },
]) {
  test(`with jitter ${jitter} a pause is anything from ${least} of its length up to all of it`, () =>
    onVirtualTime(async () => {
      const { random } = Math;
      const pauses: number[] = [];
      for (const chance of [0, 0.5, 0.75]) {
        Math.random = () => chance;
        const { calls, body } = failing(1);
        try {
          await spawn(() => retry(body, { minDelay: 1_000, jitter }));
        } finally {
          Math.random = random;
        }
        pauses.push((calls[1] as number) - (calls[0] as number));
      }

      assert.equal(pauses, [1_000, 500 + 500 * least, 250 + 750 * least]);
    }));
}

test('the body gets the number of the attempt, and may be of any kind', () =>
  onVirtualTime(async () => {
    const failUntilThird = (attempt: number) => {
      if (attempt < 3) throw new Error('no');
      return attempt;
    };

    assert.is(await spawn(() => retry(failUntilThird)), 3);
    assert.is(await spawn(() => retry(async (attempt) => failUntilThird(attempt))), 3);
    assert.is(
      await spawn(() =>
        retry(function* (attempt) {
          yield* sleep(1);
          return failUntilThird(attempt);
        }),
      ),
      3,
    );
    assert.is(
      await spawn(() =>
        retry((attempt) =>
          race([
            function* () {
              yield* sleep(0);
              return failUntilThird(attempt);
            },
          ]),
        ),
      ),
      3,
    );
  }));

test('a retry() can be used again, and begins again', () =>
  onVirtualTime(async () => {
    const { calls, body } = failing(1);
    const operation = retry(body);
    assert.is(calls.length, 0);

    await spawn(() => operation);
    await operation;

    assert.equal(calls, [0, 100, 100, 200]);
  }));

test('retryIf decides by error and attempt whether to try again, and is not asked after the last', () =>
  onVirtualTime(async () => {
    const asked: [string, number][] = [];
    const { calls, body } = failing(Infinity);
    const retryIf = (error: unknown, attempt: number) => {
      asked.push([(error as Error).message, attempt]);
      return attempt < 2;
    };

    const { error } = await spawn(() => outcomeOf(retry(body, { retryIf })));
    await spawn(() => outcomeOf(retry(body, { retryIf, attempts: 1 })));

    assert.is((error as Error).message, 'attempt 2');
    assert.equal(asked, [
      ['attempt 1', 1],
      ['attempt 2', 2],
    ]);
    assert.is(calls.length, 3);
  }));

test('an error of retryIf is thrown', async () => {
  const error = new TypeError('in retryIf');

  const thrown = await failureOf(
    retry(failing(1).body, {
      retryIf: () => {
        throw error;
      },
    }),
  );

  assert.is(thrown, error);
});

test('a kill during an attempt is not retried', async () => {
  let calls = 0;
  const worker = spawn(() =>
    retry(function* () {
      calls += 1;
      yield* sleep(Infinity);
    }),
  );
  await sleep(0);

  await worker.kill();

  assert.is(calls, 1);
  assert.ok(worker.exception instanceof GreenletExit);
});

test('a kill with an error of its own is not retried, and retryIf is not asked', async () => {
  const reason = new Error('killed by hand');
  let asked = false;
  const worker = spawn(() =>
    outcomeOf(
      retry(() => sleep(Infinity), {
        retryIf: () => {
          asked = true;
          return true;
        },
      }),
    ),
  );
  await sleep(0);

  worker.kill({ reason });

  assert.is((await worker).error, reason);
  assert.is(asked, false);
});

test('a kill during a pause ends it at once, and leaves no timer', () =>
  onVirtualTime(async () => {
    const { calls, body } = failing(Infinity);
    const worker = spawn(() => retry(body));
    await sleep(150);

    await worker.kill();

    assert.equal(calls, [0, 100]);
    assert.is(getHub().now(), 150);
    assert.is(getHub().timers.size, 0);
  }));

test('an outer withTimeout() is not retried, in an attempt or in a pause', () =>
  onVirtualTime(async () => {
    const { calls, body } = failing(Infinity);
    let attempts = 0;
    const slow = function* () {
      attempts += 1;
      yield* sleep(1_000);
    };

    const inPause = await spawn(() => outcomeOf(withTimeout(150, retry(body))));
    const inAttempt = await spawn(() => outcomeOf(withTimeout(150, retry(slow, { retryIf: () => true }))));

    assert.ok(inPause.error instanceof Timeout);
    assert.ok(inAttempt.error instanceof Timeout);
    assert.equal(calls, [0, 100]);
    assert.is(attempts, 1);
    assert.is(getHub().now(), 300);
  }));

test('an outer withTimeout() is not retried, though the body makes another error of it', () =>
  onVirtualTime(async () => {
    let attempts = 0;
    const wrapping = function* () {
      attempts += 1;
      try {
        yield* sleep(1_000);
      } catch (cause) {
        throw new Error('wrapped', { cause });
      }
    };

    await spawn(() => outcomeOf(withTimeout(150, retry(wrapping))));

    assert.is(attempts, 1);
    assert.is(getHub().now(), 150);
  }));

test('an inner withTimeout() is retried', () =>
  onVirtualTime(async () => {
    const queue = new Queue<number>();
    const { error } = await spawn(() => outcomeOf(retry(() => withTimeout(10, queue.get()), { attempts: 3 })));

    assert.ok(error instanceof Timeout);
    assert.is(getHub().now(), 330);
    assertNoTrace(queue);
  }));

test('a Timeout object from outside that goes off in an attempt is not retried', () =>
  onVirtualTime(async () => {
    let attempts = 0;

    const { error } = await spawn(function* () {
      using _ = Timeout.startNew(50);
      return yield* outcomeOf(
        retry(function* () {
          attempts += 1;
          yield* sleep(attempts === 1 ? 1_000 : 1);
        }),
      );
    });

    assert.ok(error instanceof Timeout);
    assert.is(attempts, 1);
  }));

test('the failure of a nursery around it is not retried', () =>
  onVirtualTime(async () => {
    let attempts = 0;

    const { error } = await spawn(() =>
      outcomeOf(
        nursery(function* (n) {
          n.spawn(function* () {
            yield* sleep(5);
            throw new RangeError('a child');
          });
          yield* retry(
            function* () {
              attempts += 1;
              yield* sleep(1_000);
            },
            { retryIf: () => true },
          );
        }),
      ),
    );

    assert.ok(error instanceof RangeError);
    assert.is(attempts, 1);
  }));

test('the exit of a greenlet killed from elsewhere is retried only if retryIf says so', () =>
  onVirtualTime(async () => {
    const killed = spawn(() => sleep(Infinity));
    await killed.kill();
    let attempts = 0;
    const body = (attempt: number) => {
      attempts += 1;
      return attempt < 3 ? killed.get() : 'done';
    };

    const { error } = await spawn(() => outcomeOf(retry(body)));
    assert.ok(error instanceof GreenletExit);
    assert.is(attempts, 1);

    assert.is(await spawn(() => retry(body, { retryIf: () => true })), 'done');
    assert.is(attempts, 4);
  }));

test('a retry() that loses a race() stops', () =>
  onVirtualTime(async () => {
    const event = new Event();
    const { calls, body } = failing(Infinity);
    const worker = spawn(() => race([retry(body), event.wait()]));
    await sleep(150);

    event.set();
    await worker;
    await sleep(1_000);

    assert.equal(calls, [0, 100]);
  }));

for (const options of [
  { attempts: 0 },
  { attempts: -1 },
  { attempts: 1.5 },
  { attempts: Number.NaN },
  { minDelay: -1 },
  { minDelay: Number.NaN },
  { maxDelay: -1 },
  { factor: 0.5 },
  { factor: Number.NaN },
  { factor: Infinity },
  { jitter: -0.1 },
  { jitter: 1.1 },
  { jitter: Number.NaN },
]) {
  test(`retry() refuses ${Object.entries(options).join(' ').replace(',', ' ')} at the call`, () => {
    assert.instance(
      thrownBy(() => retry(() => 1, options)),
      RangeError,
    );
  });
}

test('an operation is run again, as often as it fails', () =>
  onVirtualTime(async () => {
    const queue = new Queue<string>();
    spawnLater(25, () => queue.putNowait('item'));

    const item = await retry(queue.get({ timeout: 10 }), { minDelay: 10 });

    assert.is(item, 'item');
  }));

test('retry() refuses values that cannot be retried, and times that are not numbers, at the call', () => {
  for (const call of [
    () => retry(Promise.resolve(1) as never),
    () => retry(undefined as never),
    () => retry(() => 1, { retryIf: true as never }),
    () => retry(() => 1, { minDelay: '1' as never }),
    () => retry(() => 1, { maxDelay: null as never }),
  ]) {
    assert.instance(thrownBy(call), TypeError);
  }
});

test('options that are undefined are as if they were not given', () =>
  onVirtualTime(async () => {
    const { calls, body } = failing(1);

    await spawn(() =>
      retry(body, {
        attempts: undefined,
        minDelay: undefined,
        maxDelay: undefined,
        factor: undefined,
        jitter: undefined,
        retryIf: undefined,
      } as never),
    );

    assert.equal(calls, [0, 100]);
  }));

test.run();
