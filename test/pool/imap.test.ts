import { PassThrough } from 'node:stream';
import * as assert from 'uvu/assert';
import {
  Channel,
  Event,
  forEach,
  type Greenlet,
  GreenletExit,
  Group,
  getHub,
  iwait,
  Pool,
  Queue,
  race,
  type Source,
  sleep,
  spawn,
  Timeout,
  withTimeout,
} from '../../lib/index.ts';
import { runProgram } from '../support/child.ts';
import { failureOf, thrownBy } from '../support/failure.ts';
import { suite } from '../support/harness.ts';
import { assertNoTrace } from '../support/leaks.ts';
import { collect, double, imaps, stepsOf, Watched } from '../support/mappings.ts';
import { type Outcome, outcomeOf } from '../support/outcome.ts';
import { reportsMade } from '../support/reports.ts';
import { onVirtualTime } from '../support/virtual-clock.ts';

const test = suite('pool/imap');

test('imap() gives a result as soon as all before it were given', () =>
  onVirtualTime(async () => {
    const work = function* (ms: number) {
      yield* sleep(ms);
      return ms;
    };
    const seen: [number, number][] = [];

    await spawn(() => forEach(new Pool(3).imap(work, [10, 30, 20]), (ms) => seen.push([ms, getHub().now()])));

    assert.equal(seen, [
      [10, 10],
      [30, 30],
      [20, 30],
    ]);
  }));

for (const { name, map } of imaps) {
  test(`${name} begins with its first step, and reads nothing before`, async () => {
    const source = new Watched();

    const results = map(new Pool(2), double, source);
    await sleep(1);
    assert.is(source.read, 0);

    assert.equal(await results.next(), { done: false, value: 0 });
    results.return();
    await sleep(0);
    assert.is(source.closed, 1);
  });

  test(`a step of ${name} that is made and not waited for reads nothing`, async () => {
    const source = new Watched();
    const results = map(new Pool(2), double, source);

    results.next();
    await sleep(1);

    assert.is(source.read, 0);
  });

  test(`${name} gives an error in its place, and continues`, () =>
    onVirtualTime(async () => {
      const work = function* (item: number) {
        yield* sleep(10 * item);
        if (item % 2 === 1) throw new Error(`no ${item}`);
        return item;
      };

      const steps = await spawn(() => stepsOf(map(new Pool(4), work, [0, 1, 2, 3, 4]), 7));

      assert.equal(steps, [0, 'no 1', 2, 'no 3', 4, 'end', 'end']);
    }));

  test(`${name} gives an error of its source after all earlier items, and then ends`, async () => {
    function* source() {
      yield 1;
      yield 2;
      throw new RangeError('of the source');
    }
    async function* later() {
      yield* source();
    }

    for (const items of [source(), later()]) {
      const steps = await spawn(() => stepsOf(map(new Pool(1), double, items), 5));
      assert.equal(steps, [2, 4, 'of the source', 'end', 'end']);
    }
  });

  test(`a killed member of ${name} gives its exit in its place`, async () => {
    const pool = new Pool(1);
    const results = map(
      pool,
      function* (item: number) {
        if (item === 1) yield* sleep(Infinity);
        return item;
      },
      [0, 1, 2],
    );
    const worker = spawn(() => stepsOf(results, 4));
    await sleep(1);

    for (const member of pool) member.kill({ reason: new GreenletExit('by hand') });

    assert.equal(await worker, [0, 'by hand', 2, 'end']);
  });

  test(`${name} over an endless source reads no further than its maxsize while no results are taken`, async () => {
    const cases: [pool: Group, maxsize: number | undefined, ahead: number][] = [
      [new Pool(2), 5, 5],
      [new Pool(2), undefined, 4],
      [new Pool(3), 1, 3],
      [new Pool(1), 1, 1],
      [new Group(), 7, 7],
      [new Group(), undefined, 100],
      [new Pool(), 4, 4],
    ];
    for (const [pool, maxsize, ahead] of cases) {
      const source = new Watched();
      const results = map(pool, (item) => item, source, maxsize === undefined ? undefined : { maxsize });
      for (const taken of [1, 2, 3]) {
        await results.next();
        for (let round = 0; round < 2 * ahead + 5; round += 1) await sleep(0);
        assert.is(source.read, taken + ahead, `${maxsize} in a pool of ${pool.width}`);
        assert.is(pool.size, 0);
      }
      results.return();
      await sleep(0);
      assert.is(source.closed, 1);
    }
  });

  test(`${name} has no more at work than its pool lets run, and reads no item that it cannot begin`, async () => {
    const pool = new Pool(2);
    const source = new Watched();
    const event = new Event();
    const results = map(pool, () => event.wait(), source, { maxsize: 50 });
    const step = spawn(() => results.next());
    await sleep(1);

    assert.is(source.read, 2);
    assert.is(pool.size, 2);
    results.return();
    assert.equal(await step, { done: true, value: undefined });
    await sleep(0);
    assert.is(source.closed, 1);
    assert.is(pool.size, 0);
  });

  for (const maxsize of [0, -1, 1.5, Number.NaN, '3']) {
    test(`${name} refuses the maxsize ${maxsize} at the call`, () => {
      assert.instance(
        thrownBy(() => map(new Pool(1), double, [], { maxsize })),
        RangeError,
      );
    });
  }

  test(`a break in a for await over ${name} kills its members and closes the source`, async () => {
    const pool = new Pool(3);
    const source = new Watched();
    let cleanedUp = 0;
    const work = function* (item: number) {
      if (item === 0) return item;
      try {
        yield* sleep(Infinity);
      } finally {
        cleanedUp += 1;
      }
    };

    for await (const item of map(pool, work, source)) {
      assert.is(item, 0);
      await sleep(0);
      break;
    }
    await sleep(0);

    assert.is(pool.size, 0);
    assert.ok(cleanedUp > 0);
    assert.is(source.closed, 1);
  });

  test(`an error in a forEach over ${name} kills its members and closes the source`, async () => {
    const pool = new Pool(3);
    const source = new Watched();
    const work = (item: number) => (item === 0 ? item : sleep(Infinity));

    const { error } = await spawn(() =>
      outcomeOf(
        forEach(map(pool, work, source), () => {
          throw new RangeError('in the body');
        }),
      ),
    );
    await sleep(0);
    await sleep(0);

    assert.ok(error instanceof RangeError);
    assert.is(pool.size, 0);
    assert.is(source.closed, 1);
  });

  test(`a timeout in the body of a forEach over ${name} kills its members and closes the source`, () =>
    onVirtualTime(async () => {
      const pool = new Pool(3);
      const source = new Watched();
      const work = (item: number) => (item === 0 ? item : sleep(Infinity));

      const { error } = await spawn(() =>
        outcomeOf(
          withTimeout(
            5,
            forEach(map(pool, work, source), () => sleep(Infinity)),
          ),
        ),
      );
      await sleep(1);

      assert.ok(error instanceof Timeout);
      assert.is(pool.size, 0);
      assert.is(source.closed, 1);
    }));

  test(`a kill of the consumer between two steps of ${name} kills its members`, async () => {
    const pool = new Pool(2);
    const source = new Watched();
    const results = map(pool, (item) => (item < 2 ? sleep(0) : sleep(Infinity)), source);
    const worker = spawn(function* () {
      yield* results.next();
      yield* sleep(Infinity);
    });
    await sleep(1);

    await worker.kill();
    await sleep(0);
    await sleep(0);

    assert.is(pool.size, 0);
    assert.is(source.closed, 1);
  });

  test(`a source of ${name} that blocks is stopped when the consumer is killed`, async () => {
    const stream = new PassThrough({ objectMode: true });
    const queue = new Queue<number>();
    const workers = [stream, queue].map((items) =>
      spawn(() => forEach(map(new Pool(2), double, items as Source<number>), () => {})),
    );
    await sleep(1);

    for (const worker of workers) await worker.kill();
    await sleep(1);

    assert.is(stream.destroyed, true);
    assertNoTrace(queue);
    queue.putNowait(1);
    await sleep(0);
    assert.is(queue.qsize(), 1);
  });

  test(`a cancelled step of ${name} has taken nothing`, () =>
    onVirtualTime(async () => {
      const event = new Event();
      const results = map(
        new Pool(1),
        function* (item: number) {
          if (item === 0) yield* event.wait();
          return item;
        },
        [0, 1],
      );

      const timedOut = await spawn(() => withTimeout(5, results.next(), { timeoutValue: 'late' }));
      const lost = await spawn(() => race([results.next(), () => sleep(5).then(() => 'lost')]));
      event.set();

      assert.is(timedOut, 'late');
      assert.is(lost, 'lost');
      assert.equal(await spawn(() => stepsOf(results, 3)), [0, 1, 'end']);
    }));

  test(`several share the results of ${name}, and each is given once`, async () => {
    const results = map(new Pool(2), double, [1, 2, 3, 4, 5, 6]);
    const shares = [1, 2, 3].map(() => spawn(() => collect(results)));

    const lists = await Promise.all(shares);

    assert.equal(
      (lists.flat() as number[]).sort((a, b) => a - b),
      [2, 4, 6, 8, 10, 12],
    );
  });

  test(`steps of ${name} are served in the order in which they began to wait`, async () => {
    const gate = new Event();
    const results = map(
      new Pool(3),
      function* (item: number) {
        yield* gate.wait();
        return item;
      },
      [0, 1, 2],
    );
    const steps = [0, 1, 2, 3].map(() => spawn(() => results.next()));
    await sleep(0);

    gate.set();

    assert.equal(await Promise.all(steps), [
      { done: false, value: 0 },
      { done: false, value: 1 },
      { done: false, value: 2 },
      { done: true, value: undefined },
    ]);
  });

  test(`if one of several consumers of steps of ${name} is killed, the others continue`, async () => {
    const pool = new Pool(2);
    const gate = new Event();
    const results = map(
      pool,
      function* (item: number) {
        yield* gate.wait();
        return item;
      },
      [0, 1, 2, 3],
    );
    const takers = [1, 2].map(() => spawn(() => stepsOf(results, 5)));
    await sleep(1);

    await takers[0]?.kill();
    gate.set();

    assert.equal(await takers[1], [0, 1, 2, 3, 'end']);
    assert.is(pool.size, 0);
  });

  test(`when all consumers of steps of ${name} have been killed, its members are killed too`, async () => {
    const pool = new Pool(2);
    const source = new Watched();
    const results = map(pool, () => sleep(Infinity), source);
    const takers = [1, 2].map(() => spawn(() => results.next()));
    await sleep(1);

    for (const taker of takers) await taker.kill();
    await sleep(0);
    await sleep(0);

    assert.is(pool.size, 0);
    assert.is(source.closed, 1);
  });

  test(`the kill of the last consumer of ${name} is raised in each further step, which does not give the end`, async () => {
    const results = map(new Pool(1), () => sleep(Infinity), [1, 2]);
    const outcomes: Outcome<unknown>[] = [];
    const taker = spawn(function* () {
      for (let step = 0; step < 3; step += 1) outcomes.push(yield* outcomeOf(results.next()));
    });
    await sleep(1);

    await taker.kill();

    for (const { error } of outcomes) assert.instance(error, GreenletExit);
    assert.is(outcomes.length, 3);
  });

  test(`a killed greenlet gets the end of ${name} that has ended by itself, because that is no wait`, async () => {
    const results = map(new Pool(1), double, [1]);
    await spawn(() => collect(results));
    let end: unknown;
    const taker: Greenlet<void> = spawn(function* () {
      taker.kill();
      end = yield* results.next();
    });
    await taker.join();

    assert.equal(end, { done: true, value: undefined });
  });

  test(`return() of ${name} whose source is about to be read stops the source`, async () => {
    let returns = 0;
    const source = {
      [Symbol.iterator]: () => ({
        next: () => ({ done: false, value: 1 }),
        return: () => {
          returns += 1;
          return { done: true, value: undefined };
        },
      }),
    } as Iterable<number>;
    const results = map(new Pool(1), double, source);
    const taker = spawn(() => results.next());
    spawn(() => results.return());

    assert.equal(await taker, { done: true, value: undefined });
    await sleep(1);
    assert.is(returns, 1);
  });

  test(`one of many consumers of ${name} continues when all others were killed`, async () => {
    const gate = new Event();
    const results = map(
      new Pool(1),
      function* (item: number) {
        yield* gate.wait();
        return item;
      },
      [7],
    );
    const first = spawn(() => results.next());
    const others = Array.from({ length: 40 }, () => spawn(() => results.next()));
    await sleep(1);

    for (const other of others) await other.kill();
    gate.set();

    assert.equal(await first, { done: false, value: 7 });
  });

  test(`a consumer that never had to wait for a step of ${name} continues when another is killed`, async () => {
    const gate = new Event();
    const results = map(
      new Pool(1),
      function* (item: number) {
        if (item > 1) yield* gate.wait();
        return item;
      },
      [0, 1, 2, 3],
    );
    await results.next();
    await sleep(1);
    const taker = spawn(function* () {
      const first = yield* stepsOf(results, 1);
      yield* sleep(1);
      return [...first, ...(yield* stepsOf(results, 3))];
    });
    const killed = spawn(() => results.next());
    await sleep(0);

    await killed.kill();
    gate.set();

    assert.equal(await taker, [1, 2, 3, 'end']);
  });

  test(`a for await of main over ${name} continues when a greenlet that took a step is killed`, async () => {
    const gate = new Event();
    const results = map(
      new Pool(1),
      function* (item: number) {
        if (item > 0) yield* gate.wait();
        return item;
      },
      [0, 1, 2],
    );
    const got: unknown[] = [];

    for await (const item of results) {
      got.push(item);
      if (item !== 0) continue;
      const taker = spawn(() => results.next());
      await sleep(1);
      await taker.kill();
      gate.set();
    }

    assert.equal(got, [0, 1, 2]);
  });

  test(`if one of several forEach() over ${name} is killed, the others continue`, async () => {
    const gate = new Event();
    const results = map(
      new Pool(2),
      function* (item: number) {
        yield* gate.wait();
        return item;
      },
      [0, 1, 2, 3],
    );
    const takers = [1, 2].map(() => spawn(() => collect(results)));
    await sleep(1);

    await takers[0]?.kill();
    await sleep(1);
    gate.set();

    assert.equal(await takers[1], [0, 1, 2, 3]);
  });

  test(`every step of ${name} after its end gives the end, and return() does nothing`, async () => {
    const source = new Watched(1);
    const results = map(new Pool(1), double, source);

    assert.equal(await spawn(() => stepsOf(results, 3)), [0, 'end', 'end']);
    results.return();
    results.return();

    assert.equal(await results.next(), { done: true, value: undefined });
    assert.is(source.closed, 1);
  });

  test(`return() of ${name} before its first step ends it, and reads nothing`, async () => {
    const source = new Watched();
    const results = map(new Pool(1), double, source);

    results.return();

    assert.equal(await results.next(), { done: true, value: undefined });
    assert.is(source.read, 0);
  });

  test(`an error in the cancel of a web stream that ${name} reads goes to the hub`, async ({ reported }) => {
    const source = new ReadableStream<number>({
      pull(controller) {
        controller.enqueue(1);
      },
      cancel() {
        throw new RangeError('in the cancel');
      },
    });
    const results = map(new Pool(1), double, source);
    await results.next();

    results.return();
    await sleep(1);
    await reportsMade();

    assert.ok(reported.splice(0)[0]?.error instanceof RangeError);
  });

  test(`an error in the cleanup of a source of ${name} goes to the hub`, async ({ reported }) => {
    function* source() {
      try {
        for (;;) yield 1;
      } finally {
        // biome-ignore lint/correctness/noUnsafeFinally: this is what is tested
        throw new RangeError('in the cleanup');
      }
    }
    const results = map(new Pool(1), double, source());
    await results.next();

    results.return();
    await sleep(1);
    await reportsMade();

    assert.ok(reported.splice(0)[0]?.error instanceof RangeError);
  });

  test(`an error in the cleanup of an abandoned member of ${name} goes to the hub`, async ({ reported }) => {
    const results = map(
      new Pool(2),
      function* (item: number) {
        if (item === 0) return item;
        try {
          yield* sleep(Infinity);
        } finally {
          // biome-ignore lint/correctness/noUnsafeFinally: this is what is tested
          throw new RangeError('in the cleanup');
        }
      },
      [0, 1],
    );
    await results.next();
    await sleep(1);

    results.return();
    await sleep(1);
    await reportsMade();

    assert.ok(reported.splice(0)[0]?.error instanceof RangeError);
  });

  test(`the LoopExit over ${name} names the wait and the members at work`, async () => {
    const ended = await runProgram(`
      const pool = new Pool(2);
      pool.name = 'the pool';
      const stuck = function* stuck() { yield* sleep(Infinity); };
      const worker = spawn(() => pool.${name.replace('()', '')}(stuck, [1, 2, 3]).next());
      worker.name = 'the worker';
      await worker.then(null, (error) => console.log(error instanceof LoopExit, error.message));
    `);

    assert.match(ended.stdout, /^true /);
    assert.match(ended.stdout, 'the worker waits for a result of stuck mapped in the pool (2 at work)');
  });
}

test('imap() keeps reading and working while results are taken slowly', () =>
  onVirtualTime(async () => {
    const pool = new Pool(2);
    const work = function* (item: number) {
      yield* sleep(10);
      return item;
    };

    await spawn(() =>
      forEach(pool.imap(work, [0, 1, 2, 3]), function* () {
        yield* sleep(10);
      }),
    );

    assert.is(getHub().now(), 50);
  }));

test('one imap() may be the source of another', () =>
  onVirtualTime(async () => {
    const add = (ms: number) =>
      function* (item: number) {
        yield* sleep(ms);
        return item + 1;
      };
    const first = new Pool(2).imap(add(10), [0, 10, 20, 30]);

    const results = await spawn(() => collect(new Pool(2).imap(add(10), first)));

    assert.equal(results, [2, 12, 22, 32]);
    assert.is(getHub().now(), 30);
  }));

test('breaking off the last of several imap()s closes them all down to the source', async () => {
  const source = new Watched();
  const pools = [new Pool(2), new Pool(2)] as const;
  const first = pools[0].imap((item: number) => item, source);

  for await (const item of pools[1].imap((item: number) => item, first)) {
    assert.is(item, 0);
    break;
  }
  await sleep(1);

  assert.is(source.closed, 1);
  assert.is(pools[0].size + pools[1].size, 0);
});

test('imap() goes through a channel and an iwait() as items come', async () => {
  const channel = new Channel<number>();
  const jobs = [1, 2].map((value) => spawn(() => value));
  const worker = spawn(() => collect(new Pool(1).imap(double, channel)));
  for (const item of [1, 2]) await channel.put(item);
  channel.shutdown();

  assert.equal(await worker, [2, 4]);
  assert.equal(
    await spawn(() => collect(new Pool(1).imap((job: { value: unknown }) => job.value, iwait(jobs) as never))),
    [1, 2],
  );
});

test('ten thousand items pass through an imap(), and leave nothing behind', async () => {
  const pool = new Pool(100);
  const results = pool.imap(double, new Watched(10_000));
  let sum = 0;

  await spawn(() =>
    forEach(results, (value) => {
      sum += value;
    }),
  );

  assert.is(sum, 10_000 * 9_999);
  assertNoTrace(pool);
});

test('a member that was killed throws its GreenletExit in its place, also in `for await`', async () => {
  const pool = new Pool(2);
  const results = pool.imap(
    function* (item: number) {
      if (item > 1) yield* sleep(Infinity);
      return item;
    },
    [1, 2, 3],
  );
  const given: number[] = [];
  const taken = (async () => {
    for await (const item of results) {
      given.push(item);
      for (const member of pool) member.kill();
    }
  })();

  const error = await failureOf(taken);

  assert.instance(error, GreenletExit);
  assert.equal(given, [1]);
  results.return();
});

test('after a `for await` that ended with an error, another one continues, and its end ends the iteration', async () => {
  const pool = new Pool(1);
  const source = new Watched(10);
  const results = pool.imap((item: number) => {
    if (item === 1) throw new RangeError('of item 1');
    return item;
  }, source);
  const given: number[] = [];
  const goThrough = async (): Promise<void> => {
    for await (const item of results) {
      given.push(item);
      if (item === 3) break;
    }
  };

  assert.instance(await failureOf(goThrough()), RangeError);
  await goThrough();
  await sleep(0);

  assert.equal(given, [0, 2, 3]);
  assert.equal(await results.next(), { done: true, value: undefined });
  assert.is(pool.size, 0);
});

test.run();
