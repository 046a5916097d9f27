import { PassThrough, Readable } from 'node:stream';
import { ReadableStream } from 'node:stream/web';
import { setImmediate as turn } from 'node:timers/promises';
import * as assert from 'uvu/assert';
import {
  Event,
  forEach,
  type Greenlet,
  GreenletExit,
  Iteration,
  iwait,
  type Operation,
  Queue,
  sleep,
  spawn,
  Timeout,
  withTimeout,
} from '../../lib/index.ts';
import { thrownBy } from '../support/failure.ts';
import { type Context, suite } from '../support/harness.ts';
import { assertNoTrace } from '../support/leaks.ts';
import { outcomeOf } from '../support/outcome.ts';
import { onVirtualTime } from '../support/virtual-clock.ts';

const test = suite('pool/for-each');

/** A source that counts how often it was stopped. */
interface Probe {
  source: AsyncIterable<number> | Iterable<number>;
  /** Gives one more item. The items of iterables are present from the start. */
  give?(item: number): void;
  /** How often it was destroyed or cancelled, or its return() was called. */
  stops(): number;
  /** Makes the source fail instead of giving the next item. */
  fail?(error: Error): void;
  /** Whether a wait for an item can be cancelled. */
  waits: boolean;
}

const probes: { name: string; make(): Probe }[] = [
  {
    name: 'a Node stream',
    make() {
      let stops = 0;
      const source = new Readable({
        objectMode: true,
        read() {},
        destroy(error, callback) {
          stops += 1;
          callback(error);
        },
      });
      return {
        source,
        give: (item) => source.push(item),
        stops: () => stops,
        fail: (error) => source.destroy(error),
        waits: true,
      };
    },
  },
  {
    name: 'a web stream',
    make() {
      let stops = 0;
      let controller: { enqueue(item: number): void; error(error: unknown): void } | null = null;
      const source = new ReadableStream<number>({
        start(given) {
          controller = given;
        },
        cancel() {
          stops += 1;
        },
      });
      return {
        source,
        give: (item) => controller?.enqueue(item),
        stops: () => stops,
        fail: (error) => controller?.error(error),
        waits: true,
      };
    },
  },
  {
    name: 'an async iterable',
    make() {
      let stops = 0;
      const items: (number | Error)[] = [];
      let pending: { resolve(item: IteratorResult<number>): void; reject(error: Error): void } | null = null;
      const serve = () => {
        if (pending === null || items.length === 0) return;
        const item = items.shift() as number | Error;
        if (item instanceof Error) pending.reject(item);
        else pending.resolve({ done: false, value: item });
        pending = null;
      };
      const source: AsyncIterable<number> = {
        [Symbol.asyncIterator]: () => ({
          next: () =>
            new Promise((resolve, reject) => {
              pending = { resolve, reject };
              serve();
            }),
          return: () => {
            stops += 1;
            pending?.resolve({ done: true, value: undefined });
            return Promise.resolve({ done: true, value: undefined });
          },
        }),
      };
      return {
        source,
        give: (item) => {
          items.push(item);
          serve();
        },
        stops: () => stops,
        fail: (error) => {
          items.push(error as never);
          serve();
        },
        waits: true,
      };
    },
  },
  {
    name: 'an async generator',
    make() {
      const probe = { stops: 0 };
      async function* numbers() {
        try {
          yield* [1, 2, 3];
        } finally {
          probe.stops += 1;
        }
      }
      return { source: numbers(), stops: () => probe.stops, waits: false };
    },
  },
  {
    name: 'a generator',
    make() {
      const probe = { stops: 0 };
      function* numbers() {
        try {
          yield* [1, 2, 3];
        } finally {
          probe.stops += 1;
        }
      }
      return { source: numbers(), stops: () => probe.stops, waits: false };
    },
  },
];

/** Lets promises and streams complete their pending work. */
function* settle() {
  for (let round = 0; round < 5; round += 1) yield* sleep(1);
}

for (const { name, make } of probes) {
  test(`${name} that the body fails over is stopped exactly once, and the error is the body's`, async () => {
    const probe = make();
    probe.give?.(1);
    probe.give?.(2);
    const error = new Error('in the body');
    const seen: number[] = [];

    const outcome = await spawn(() =>
      outcomeOf(
        forEach(probe.source, (item) => {
          seen.push(item);
          throw error;
        }),
      ),
    );

    assert.is(outcome.error, error);
    assert.equal(seen, [1]);
    assert.is(probe.stops(), 1);
  });

  test(`${name} is stopped exactly once when the greenlet is killed in the body`, async () => {
    const probe = make();
    probe.give?.(1);
    const reached = new Event();
    const worker = spawn(() =>
      forEach(probe.source, function* () {
        reached.set();
        yield* sleep(Infinity);
      }),
    );
    await reached.wait();

    await worker.kill();

    assert.ok(worker.exception instanceof GreenletExit);
    assert.is(probe.stops(), 1);
  });

  test(`${name} is stopped exactly once when time is up in the body`, async () => {
    const probe = make();
    probe.give?.(1);

    const { error } = await spawn(() =>
      outcomeOf(
        withTimeout(
          5,
          forEach(probe.source, () => sleep(Infinity)),
        ),
      ),
    );

    assert.ok(error instanceof Timeout);
    assert.is(probe.stops(), 1);
  });

  test(`${name} is not touched by a forEach() that is not waited for`, async () => {
    const probe = make();

    forEach(probe.source, () => {});
    await turn();

    assert.is(probe.stops(), 0);
    if (probe.source instanceof ReadableStream) assert.is(probe.source.locked, false);
  });

  if (!make().waits) continue;

  test(`${name} is gone through as its items come`, async () => {
    const probe = make();
    const seen: number[] = [];
    const worker = spawn(() => forEach(probe.source, (item) => seen.push(item)));
    await sleep(1);

    for (const item of [1, 2, 3]) {
      probe.give?.(item);
      await spawn(settle);
      assert.is(seen.at(-1), item);
    }

    await worker.kill();
    assert.equal(seen, [1, 2, 3]);
  });

  test(`${name} is stopped exactly once when the greenlet is killed while it waits`, async () => {
    const probe = make();
    probe.give?.(1);
    const worker = spawn(() => forEach(probe.source, () => {}));
    await spawn(settle);

    await worker.kill();
    await spawn(settle);

    assert.ok(worker.exception instanceof GreenletExit);
    assert.is(probe.stops(), 1);
  });

  test(`${name} is stopped exactly once when time is up while it waits`, async () => {
    const probe = make();

    const { error } = await spawn(() =>
      outcomeOf(
        withTimeout(
          5,
          forEach(probe.source, () => {}),
        ),
      ),
    );
    await spawn(settle);

    assert.ok(error instanceof Timeout);
    assert.is(probe.stops(), 1);
  });

  test(`the error of ${name} that fails is thrown once, and only in the loop`, async ({ reported }) => {
    const probe = make();
    const error = new Error('of the source');
    const seen: number[] = [];
    probe.give?.(1);
    const worker = spawn(() => outcomeOf(forEach(probe.source, (item) => seen.push(item))));
    await spawn(settle);

    probe.fail?.(error);
    const outcome = await worker;
    await spawn(settle);

    assert.is(outcome.error, error);
    assert.equal(seen, [1]);
    assert.equal(errorsOf(reported), []);
  });

  test(`the error of ${name} that has already failed is thrown once, and only in the loop`, async ({ reported }) => {
    const probe = make();
    const error = new Error('of the source');
    if (probe.source instanceof Readable) probe.source.on('error', () => {});
    probe.fail?.(error);
    await turn();

    const outcome = await spawn(() => outcomeOf(forEach(probe.source, () => {})));
    await spawn(settle);

    assert.is(outcome.error, error);
    assert.equal(errorsOf(reported), []);
  });
}

/** Removes and returns the reported errors, which the test expects. */
function errorsOf(reported: Context['reported']): unknown[] {
  return reported.splice(0).map(({ error }) => error);
}

test('an array is gone through in order, without letting anybody else run', async () => {
  const seen: number[] = [];
  let othersRan = false;

  await spawn(function* () {
    spawn(() => {
      othersRan = true;
    });
    yield* forEach([1, 2, 3], (item) => seen.push(item));
    assert.is(othersRan, false);
  });

  assert.equal(seen, [1, 2, 3]);
});

test('a string, a Set and a Map are iterables as well', async () => {
  const seen: unknown[] = [];
  const note = (item: unknown) => seen.push(item);

  await forEach('ab', note);
  await forEach(new Set([1, 2]), note);
  await forEach(new Map([['key', 3]]), note);

  assert.equal(seen, ['a', 'b', 1, 2, ['key', 3]]);
});

test('the body runs for one item after the other, however long it blocks', async () => {
  const log: string[] = [];

  await spawn(() =>
    forEach([1, 2], function* (item) {
      log.push(`begin ${item}`);
      yield* sleep(0);
      log.push(`end ${item}`);
    }),
  );

  assert.equal(log, ['begin 1', 'end 1', 'begin 2', 'end 2']);
});

test('a body that gives an operation is waited for', () =>
  onVirtualTime(async () => {
    const log: number[] = [];
    const queue = new Queue<number>(1);
    const putter = spawn(() => forEach([1, 2, 3], (item) => queue.put(item)));
    await spawn(function* () {
      while (log.length < 3) log.push(yield* queue.get());
    });

    await putter;

    assert.equal(log, [1, 2, 3]);
  }));

test('a forEach() can be used again, and iterates over the source again', async () => {
  const seen: number[] = [];
  const twice = forEach([1, 2], (item) => seen.push(item));

  await spawn(function* () {
    yield* twice;
    yield* twice;
  });

  assert.equal(seen, [1, 2, 1, 2]);
});

test('an empty source never calls the body', async () => {
  await forEach([], () => assert.unreachable('called'));
  await forEach(Readable.from([]), () => assert.unreachable('called'));
});

test('a body that is no function is a TypeError at the caller', () => {
  assert.instance(
    thrownBy(() => forEach([1], undefined as never)),
    TypeError,
  );
});

for (const source of [undefined, null, 1, {}]) {
  test(`a source that is ${JSON.stringify(source)} is a TypeError at the caller`, () => {
    assert.instance(
      thrownBy(() => forEach(source as never, () => {})),
      TypeError,
    );
  });
}

test('an async generator is gone through in order, to its end', async () => {
  async function* numbers() {
    for (const item of [1, 2, 3]) {
      await turn();
      yield item;
    }
  }
  const seen: number[] = [];

  await spawn(() => forEach(numbers(), (item) => seen.push(item)));

  assert.equal(seen, [1, 2, 3]);
});

test('return() of an async generator that is cancelled during a step comes after the step', async () => {
  const log: string[] = [];
  let goOn = () => {};
  async function* slow() {
    try {
      await new Promise<void>((resolve) => {
        goOn = resolve;
      });
      yield 1;
      log.push('not reached');
    } finally {
      log.push('returned');
    }
  }
  const worker = spawn(() => forEach(slow(), () => log.push('not reached')));
  await sleep(1);

  await worker.kill();
  assert.equal(log, [], 'the kill does not wait for the step');
  goOn();
  await spawn(settle);

  assert.equal(log, ['returned']);
});

test('return() of an iterator that has failed is not called, as in a for await', async () => {
  const error = new Error('of the source');
  let returns = 0;
  const source: AsyncIterable<number> = {
    [Symbol.asyncIterator]: () => ({
      next: () => Promise.reject(error),
      return: () => {
        returns += 1;
        return Promise.resolve({ done: true, value: undefined });
      },
    }),
  };

  const outcome = await spawn(() => outcomeOf(forEach(source, () => {})));

  assert.is(outcome.error, error);
  assert.is(returns, 0);
});

test('return() of an iterator that has ended is not called', async () => {
  let returns = 0;
  const source: Iterable<number> = {
    [Symbol.iterator]: () => ({
      next: () => ({ done: true, value: undefined }),
      return: () => {
        returns += 1;
        return { done: true, value: undefined };
      },
    }),
  };

  await forEach(source, () => {});

  assert.is(returns, 0);
});

test("the body's error is thrown even if return() of the iterator fails, and that error is reported", async ({
  reported,
}) => {
  const error = new Error('in the body');
  const second = new Error('of return()');
  const source: AsyncIterable<number> = {
    [Symbol.asyncIterator]: () => ({
      next: () => Promise.resolve({ done: false, value: 1 }),
      return: () => Promise.reject(second),
    }),
  };

  const outcome = await spawn(() =>
    outcomeOf(
      forEach(source, () => {
        throw error;
      }),
    ),
  );

  assert.is(outcome.error, error);
  assert.equal(errorsOf(reported), [second]);
});

const endless: Record<string, (cleanup: () => Promise<never>) => AsyncIterable<number>> = {
  'return() of an iterator': (cleanup) => ({
    [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => {}), return: cleanup }),
  }),
  'the close of an Iteration': (cleanup) =>
    new Iteration(() => sleep(Infinity) as unknown as Operation<IteratorResult<number, undefined>>, cleanup),
};
const failings: Record<string, (error: Error) => Promise<never>> = {
  throws: (error) => {
    throw error;
  },
  'is rejected': (error) => Promise.reject(error),
};

for (const [name, make] of Object.entries(endless)) {
  for (const [how, fail] of Object.entries(failings)) {
    test(`${name} that ${how} during a step is reported, unless it is the reason of the kill`, async ({ reported }) => {
      const [reason, another] = [new Error('reason'), new Error('another')];
      for (const error of [reason, another]) {
        const worker = spawn(() =>
          forEach(
            make(() => fail(error)),
            () => {},
          ),
        );
        await sleep(0);

        await worker.kill({ reason });
        await turn();

        assert.is(worker.exception, reason);
        const expected = error === another ? [{ greenlet: worker, error: another }] : [];
        assert.equal(reported.splice(0), expected);
      }
    });
  }
}

test('a close of an Iteration that hangs after a kill during a step is reported after the grace period', ({
  reported,
}) =>
  onVirtualTime(async (clock) => {
    const hanging = new Iteration(
      () => sleep(Infinity) as unknown as Operation<IteratorResult<number, undefined>>,
      () => new Promise<never>(() => {}),
    );
    const worker = spawn(() => forEach(hanging, () => {}));
    await sleep(1);

    await worker.kill();
    assert.is(clock.now(), 1);
    await sleep(5_001);

    assert.match(String(errorsOf(reported)), /the end of an Iteration has not ended within 5000 ms/);
  }));

test('a killed greenlet ends by its GreenletExit even where the iterator fails to return', async ({ reported }) => {
  const error = new Error('of return()');
  const source: Iterable<number> = {
    [Symbol.iterator]: () => ({
      next: () => ({ done: false, value: 1 }),
      return: () => {
        throw error;
      },
    }),
  };
  const worker = spawn(() => forEach(source, () => sleep(Infinity)));
  await sleep(1);

  await worker.kill();

  assert.instance(worker.exception, GreenletExit);
  assert.equal(errorsOf(reported), [error]);
});

test('cleanup of an iterator that blocks is waited for, although the greenlet is killed', async () => {
  const log: string[] = [];
  async function* numbers() {
    try {
      yield 1;
    } finally {
      await turn();
      log.push('cleaned up');
    }
  }
  const worker = spawn(() => forEach(numbers(), () => sleep(Infinity)));
  await sleep(5);

  await worker.kill();

  assert.equal(log, ['cleaned up']);
});

test('a Node stream is gone through in order, to its end', async () => {
  const stream = Readable.from([1, 2, 3]);
  const seen: number[] = [];

  await spawn(() => forEach(stream, (item: number) => seen.push(item)));

  assert.equal(seen, [1, 2, 3]);
  assert.is(stream.destroyed, true);
});

test('a Node stream is held back while the body blocks', async () => {
  const stream = new PassThrough({ objectMode: true, highWaterMark: 1 });
  const seen: number[] = [];
  const worker = spawn(() =>
    forEach(stream, function* (item: number) {
      seen.push(item);
      yield* sleep(Infinity);
    }),
  );
  let accepted = 0;
  while (stream.write(accepted)) accepted += 1;
  for (let item = 0; item < 20 && !stream.writableNeedDrain; item += 1) stream.write(item);
  await sleep(5);

  assert.is(seen.length, 1);
  assert.is(stream.destroyed, false);

  await worker.kill();
  assert.is(stream.destroyed, true);
});

test('a web stream is gone through in order, to its end, and is not cancelled', async () => {
  let cancels = 0;
  const stream = new ReadableStream<number>({
    start(controller) {
      for (const item of [1, 2, 3]) controller.enqueue(item);
      controller.close();
    },
    cancel() {
      cancels += 1;
    },
  });
  const seen: number[] = [];

  await spawn(() => forEach(stream, (item) => seen.push(item)));

  assert.equal(seen, [1, 2, 3]);
  assert.is(cancels, 0);
});

test('a web stream is unlocked when forEach() has ended, as after a for await', async () => {
  const stream = new ReadableStream<number>({
    start(controller) {
      controller.close();
    },
  });

  await forEach(stream, () => {});

  assert.is(stream.locked, false);
});

test('a web stream is unlocked when the body has failed, as after a for await', async () => {
  const stream = new ReadableStream<number>({
    start(controller) {
      controller.enqueue(1);
    },
  });

  await spawn(() =>
    outcomeOf(
      forEach(stream, () => {
        throw new Error('in the body');
      }),
    ),
  );

  assert.is(stream.locked, false);
});

/** A stream with one item, whose cancel fails with an error made from its reason. */
function failingToCancel(failure: () => unknown): ReadableStream<number> {
  return new ReadableStream<number>({
    start(controller) {
      controller.enqueue(1);
    },
    cancel() {
      throw failure();
    },
  });
}

test('an error in the cancel of a web stream goes to the hub, unless the error of the body has caused it', async ({
  reported,
}) => {
  const inBody = new Error('in the body');
  const throwing = () => {
    throw inBody;
  };
  const stopped = new TypeError('terminated', { cause: inBody });
  const another = new TypeError('another');

  const errors = await spawn(function* () {
    const first = yield* outcomeOf(
      forEach(
        failingToCancel(() => stopped),
        throwing,
      ),
    );
    const second = yield* outcomeOf(
      forEach(
        failingToCancel(() => another),
        throwing,
      ),
    );
    return [first.error, second.error];
  });

  assert.equal(
    errors.map((error) => error === inBody),
    [true, true],
  );
  assert.equal(
    reported.splice(0).map(({ error }) => error),
    [another],
  );
});

test('a queue is gone through until its shutdown', async () => {
  const queue = new Queue<number>();
  const seen: number[] = [];
  const worker = spawn(() => forEach(queue, (item) => seen.push(item)));
  await sleep(0);

  queue.putNowait(1);
  queue.putNowait(2);
  queue.shutdown();
  await worker;

  assert.equal(seen, [1, 2]);
  assertNoTrace(queue);
});

test('a forEach over a queue that is cancelled while it waits has taken nothing', async () => {
  const queue = new Queue<number>();
  const worker = spawn(() => forEach(queue, () => {}));
  await sleep(0);

  worker.kill();
  queue.putNowait(1);
  await worker.join();

  assert.is(queue.qsize(), 1);
  assertNoTrace(queue);
});

test('a forEach over a queue that is cancelled just after it got an item hands that to the body', async () => {
  const queue = new Queue<number>();
  const seen: number[] = [];
  const worker = spawn(() =>
    forEach(queue, function* (item) {
      seen.push(item);
      yield* sleep(0);
      seen.push(-1);
    }),
  );
  await sleep(0);

  queue.putNowait(1);
  queue.putNowait(2);
  await worker.kill();

  assert.equal(seen, [1]);
  assert.is(queue.getNowait(), 2);
});

test('a forEach over a queue that is cancelled in the body leaves the other items', async () => {
  const queue = new Queue<number>();
  for (const item of [1, 2, 3]) queue.putNowait(item);
  const seen: number[] = [];
  const worker = spawn(() =>
    forEach(queue, function* (item) {
      seen.push(item);
      yield* sleep(Infinity);
    }),
  );
  await sleep(0);

  await worker.kill();

  assert.equal(seen, [1]);
  assert.equal([queue.getNowait(), queue.getNowait()], [2, 3]);
});

test('a body that fails for an item of a queue leaves the queue open, with its items', async () => {
  const queue = new Queue<number>();
  queue.putNowait(1);
  queue.putNowait(2);

  await spawn(() =>
    outcomeOf(
      forEach(queue, () => {
        throw new Error('in the body');
      }),
    ),
  );
  queue.putNowait(3);

  assert.equal([queue.getNowait(), queue.getNowait()], [2, 3]);
});

test('iwait() is gone through in the order in which things become ready', () =>
  onVirtualTime(async () => {
    const jobs = [30, 10, 20].map((ms) =>
      spawn(function* () {
        yield* sleep(ms);
        return ms;
      }),
    );
    const seen: unknown[] = [];

    await spawn(() => forEach(iwait(jobs), (job: Greenlet<number>) => seen.push(job.value)));

    assert.equal(seen, [10, 20, 30]);
  }));

test('a forEach over iwait() that is cancelled stops watching', () =>
  onVirtualTime(async () => {
    const queue = new Queue<number>();
    const event = new Event();
    const worker = spawn(() => forEach(iwait([queue, event]), () => {}));
    await sleep(0);

    await worker.kill();

    assertNoTrace(queue, event);
  }));

test('a forEach over iwait() whose body fails stops watching', () =>
  onVirtualTime(async () => {
    const queue = new Queue<number>();
    const event = new Event();
    event.set();

    const { error } = await spawn(() =>
      outcomeOf(
        forEach(iwait([queue, event]), () => {
          throw new RangeError('in the body');
        }),
      ),
    );

    assert.ok(error instanceof RangeError);
    assertNoTrace(queue, event);
  }));

test('forEach() works under await from main', async () => {
  const seen: number[] = [];

  await forEach(Readable.from([1, 2]), function* (item: number) {
    yield* sleep(0);
    seen.push(item);
  });

  assert.equal(seen, [1, 2]);
});

test.run();
