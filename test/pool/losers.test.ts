/** `race()`, `any()` and `select()` take only one thing, even if several become available at once. */
import * as assert from 'uvu/assert';
import {
  AsyncResult,
  all,
  allSettled,
  any,
  type Body,
  Channel,
  Condition,
  call,
  Event,
  GreenletExit,
  getcurrent,
  getHub,
  idle,
  type Operation,
  Queue,
  RateLimiter,
  type RawGreenlet,
  RLock,
  race,
  Semaphore,
  select,
  shield,
  sleep,
  spawn,
  Timeout,
  withTimeout,
} from '../../lib/index.ts';
import { suite } from '../support/harness.ts';
import { assertNoTrace, waitersOf } from '../support/leaks.ts';
import { type Outcome, outcomeOf } from '../support/outcome.ts';
import { type Prize, prizes } from '../support/prizes.ts';
import { reportsMade } from '../support/reports.ts';
import { onVirtualTime } from '../support/virtual-clock.ts';

const test = suite('pool/losers');

type Combine = (bodies: readonly Body<unknown>[]) => Operation<unknown>;

const combinators: { name: string; combine: Combine }[] = [
  { name: 'race()', combine: race },
  { name: 'any()', combine: any },
  {
    name: 'select()',
    combine: (bodies) => select(Object.fromEntries(bodies.map((body, index) => [`case${index}`, body] as const))),
  },
];

const never = sleep(Infinity);
const main = getcurrent();

const wrappings: { name: string; wrap(op: Operation<unknown>): Body<unknown> }[] = [
  { name: 'as they are', wrap: (op) => op },
  {
    name: 'in a function*',
    wrap: (op) =>
      function* () {
        return yield* op;
      },
  },
  {
    name: 'in a function* that has waited before',
    wrap: (op) =>
      function* () {
        yield* sleep(0);
        return yield* call(function* () {
          return yield* op;
        });
      },
  },
  { name: 'in withTimeout()', wrap: (op) => withTimeout(Infinity, op) },
  { name: 'in a race()', wrap: (op) => race([never, op]) },
  { name: 'in a select()', wrap: (op) => select({ never, op }) },
  { name: 'in an any() in a race() in a withTimeout()', wrap: (op) => withTimeout(Infinity, race([any([op, never])])) },
];

const pairs: [string, string][] = Object.keys(prizes).flatMap((first) =>
  Object.keys(prizes).map((second): [string, string] => [first, second]),
);

function* makeAll(names: readonly string[]) {
  const made: Prize[] = [];
  for (const name of names) made.push(yield* (prizes[name] as (typeof prizes)[string])());
  return made;
}

async function untouchedOf(made: readonly Prize[]): Promise<number> {
  let count = 0;
  for (const { untouched } of made) if (await untouched()) count += 1;
  return count;
}

function assertNobodyWaits(made: readonly Prize[], message: string): void {
  for (const line of made.flatMap(({ lines }) => lines)) assert.is(waitersOf(line), 0, message);
}

for (const { name, combine } of combinators) {
  for (const { name: how, wrap } of wrappings) {
    test(`${name} takes one of two things that are there in the same step, both ${how}`, async () => {
      for (const names of pairs) {
        await onVirtualTime(async () => {
          const made = await spawn(makeAll, names);
          const worker = spawn(() => combine(made.map(({ take }) => wrap(take))));
          for (let round = 0; round < 4; round += 1) await sleep(0);

          for (const { offer } of made) offer();
          await worker;

          assert.is(await untouchedOf(made), 1, names.join(' and '));
          assertNobodyWaits(made, names.join(' and '));
        });
      }
    });
  }

  test(`${name} takes one of two things that a greenlet makes possible in one step`, async () => {
    for (const names of pairs) {
      await onVirtualTime(async () => {
        const made = await spawn(makeAll, names);
        const worker = spawn(() => combine(made.map(({ take }) => take)));

        await spawn(function* () {
          yield* sleep(5);
          for (const { offer } of made.toReversed()) offer();
        });
        await worker;

        assert.is(await untouchedOf(made), 1, names.join(' and '));
        assertNobodyWaits(made, names.join(' and '));
      });
    }
  });

  test(`${name} of all that can be taken takes one, however many become possible in one step`, () =>
    onVirtualTime(async () => {
      const made = await spawn(makeAll, Object.keys(prizes));
      const worker = spawn(() => combine(made.map(({ take }) => take)));
      await sleep(0);

      for (const { offer } of made) offer();
      await worker;

      assert.is(await untouchedOf(made), made.length - 1);
    }));

  test(`${name} of two things that are there from the start takes the first, and the second in its absence`, async () => {
    for (const names of pairs) {
      await onVirtualTime(async () => {
        const made = await spawn(makeAll, names);
        for (const { offer } of made) offer();
        await sleep(10);

        await combine(made.map(({ take }) => take));

        assert.is(await untouchedOf(made), 1, names.join(' and '));
      });
    }
  });

  for (const [prizeName, make] of Object.entries(prizes)) {
    const endings: { name: string; end(prize: Prize, kill: () => void): void }[] = [
      {
        name: 'killed just before it is there',
        end(prize, kill) {
          kill();
          prize.offer();
        },
      },
      {
        name: 'killed just after it is there',
        end(prize, kill) {
          prize.offer();
          kill();
        },
      },
    ];
    for (const { name: when, end } of endings) {
      test(`${name} over ${prizeName} that is ${when} has either given it or not taken it`, () =>
        onVirtualTime(async () => {
          const prize = await spawn(make);
          const worker = spawn(() => combine([never, prize.take]));
          await sleep(0);

          end(prize, () => worker.kill());
          await worker.join();

          assert.is(await prize.untouched(), !worker.successful());
          assertNobodyWaits([prize], prizeName);
        }));
    }

    test(`${name} over ${prizeName} that times out in the same step has either given it or not taken it`, () =>
      onVirtualTime(async () => {
        for (const order of ['before', 'after']) {
          const prize = await spawn(make);
          const offering = function* () {
            yield* sleep(5);
            prize.offer();
          };
          if (order === 'before') spawn(offering);
          const worker = spawn(() => outcomeOf(withTimeout(5, combine([never, prize.take]))));
          if (order === 'after') spawn(offering);
          const outcome: Outcome<unknown> = await worker;
          await sleep(0);
          await sleep(0);

          assert.is(await prize.untouched(), 'error' in outcome);
          assertNobodyWaits([prize], prizeName);
        }
      }));

    test(`${name} that loses ${prizeName} to another branch in the same step leaves it for others`, () =>
      onVirtualTime(async () => {
        const prize = await spawn(make);
        const event = new Event();
        const worker = spawn(() => combine([prize.take, event.wait()]));
        await sleep(0);

        event.set();
        prize.offer();
        await worker;

        assert.is(await prize.untouched(), true);
      }));
  }
}

for (const { name, combine } of combinators) {
  for (const ms of [0, 5]) {
    test(`a loser of ${name} that wakes from sleep(${ms}) in the step of the winner takes nothing`, async () => {
      for (const names of pairs) {
        await onVirtualTime(async () => {
          const made = await spawn(makeAll, names);
          for (const { offer } of made) offer();
          await sleep(20);

          await combine(
            made.map(
              ({ take }) =>
                function* () {
                  yield* sleep(ms);
                  return yield* take;
                },
            ),
          );

          assert.is(await untouchedOf(made), 1, names.join(' and '));
        });
      }
    });
  }

  test(`a loser of ${name} whose event is set in the step of the winner takes nothing`, async () => {
    const event = new Event();
    const queue = new Queue<string>();
    for (const item of ['a', 'b']) queue.putNowait(item);
    const body = function* () {
      yield* event.wait();
      return yield* queue.get();
    };
    const worker = spawn(() => combine([body, body]));
    await sleep(0);
    await sleep(0);

    event.set();
    await worker;

    assert.is(queue.qsize(), 1);
  });
}

for (const { name, combine } of combinators) {
  test(`a branch of ${name} that was switched to and then waits takes nothing while another has its turn`, async () => {
    const [first, second] = [new Queue<string>(), new Queue<string>()];
    let switched: RawGreenlet = main;
    const waiter = spawn(() =>
      combine([
        function* () {
          switched = getcurrent();
          yield* main.switch();
          return yield* first.get();
        },
        function* () {
          const item = yield* second.get();
          yield* sleep(0);
          return item;
        },
      ]),
    );
    await sleep(1);

    const switcher = spawn(function* () {
      yield* switched.switch();
    });
    await sleep(1);
    second.putNowait('item of the second');
    first.putNowait('item of the first');

    assert.match(JSON.stringify(await waiter), 'item of the second');
    assert.is(first.qsize(), 1);
    await switcher.kill();
  });
}

for (const { name, combine } of combinators) {
  for (const [inner, gather] of Object.entries<Combine>({ all, allSettled })) {
    test(`a branch of ${name} that waits in ${inner}() takes nothing while another has its turn`, async () => {
      const [first, second] = [new Queue<string>(), new Queue<string>()];
      const waiter = spawn(() =>
        combine([
          gather([first.get(), never]),
          function* () {
            const item = yield* second.get();
            yield* sleep(0);
            return item;
          },
        ]),
      );
      await sleep(1);

      second.putNowait('item of the second');
      first.putNowait('item of the first');

      assert.match(JSON.stringify(await waiter), 'item of the second');
      assert.is(first.qsize(), 1);
    });
  }

  test(`a branch of ${name} whose event was set before a kill wins, and the kill is raised after it`, async () => {
    const event = new Event();
    const seen: unknown[] = [];
    const waiter = spawn(function* () {
      seen.push(yield* outcomeOf(combine([event.wait(), never])));
      yield* never;
    });
    await sleep(1);

    event.set();
    await waiter.kill();

    assert.match(JSON.stringify(seen), 'true');
    assert.instance(waiter.exception, GreenletExit);
  });
}

test('a select() over queues names the queue whose item it took', async () => {
  for (const order of [
    [0, 1],
    [1, 0],
  ]) {
    const queues = [new Queue<number>(), new Queue<number>()] as const;
    const worker = spawn(() => select({ q0: queues[0].get(), q1: queues[1].get() }));
    await idle();

    for (const index of order) queues[index]?.putNowait(index);
    const { key, value } = await worker;

    assert.is(key, `q${order[0]}`);
    assert.is(value, order[0]);
    assert.is(queues[order[1] as 0 | 1].qsize(), 1);
  }
});

test('an item that arrives while all waits stand aside is taken as soon as possible', async () => {
  const queue = new Queue<string>();
  const wake = new Event();
  const worker = spawn(() =>
    race([
      queue.get(),
      function* () {
        yield* wake.wait();
        queue.putNowait('from a branch');
        yield* sleep(Infinity);
      },
    ]),
  );
  await sleep(0);

  wake.set();

  assert.is(await worker, 'from a branch');
  assertNoTrace(queue, wake);
});

test('a race() keeps its place in line while another branch makes several steps', async () => {
  const queue = new Queue<string>();
  const steps = new Queue<number>();
  const got: string[] = [];
  const getter = (name: string, get: Operation<unknown>) =>
    spawn(() => get.then((item) => got.push(`${name}:${item}`)));
  getter('first', queue.get());
  await sleep(0);
  getter(
    'race',
    race([
      queue.get(),
      function* () {
        for (;;) yield* steps.get();
      },
    ]),
  );
  await sleep(0);
  getter('last', queue.get());
  await sleep(0);

  for (let step = 0; step < 5; step += 1) {
    steps.putNowait(step);
    await sleep(0);
    await sleep(0);
  }
  for (const item of ['a', 'b', 'c']) queue.putNowait(item);
  await sleep(1);

  assert.equal(got.sort(), ['first:a', 'last:c', 'race:b']);
});

test('several race()s keep their places in line when their branches make steps at once', async () => {
  const queue = new Queue<string>();
  const steps = [new Queue<number>(), new Queue<number>()] as const;
  const got: string[] = [];
  const racing = (index: 0 | 1) =>
    spawn(function* () {
      const item = yield* race([
        queue.get(),
        function* () {
          for (;;) yield* steps[index].get();
        },
      ]);
      got.push(`race${index}:${item}`);
    });
  spawn(function* () {
    got.push(`first:${yield* queue.get()}`);
  });
  await sleep(0);
  racing(0);
  await sleep(0);
  racing(1);
  await sleep(0);

  steps[1].putNowait(1);
  steps[0].putNowait(0);
  await sleep(1);
  for (const item of ['a', 'b', 'c']) queue.putNowait(item);
  await sleep(1);

  assert.equal(got.sort(), ['first:a', 'race0:b', 'race1:c']);
});

test('a race() keeps its place in line when the waiter before it is killed meanwhile', async () => {
  const queue = new Queue<string>();
  const wake = new Event();
  const got: string[] = [];
  const getter = (name: string, get: Operation<unknown>) =>
    spawn(function* () {
      got.push(`${name}:${yield* get}`);
    });
  getter('first', queue.get());
  const second = getter('second', queue.get());
  await sleep(0);
  getter(
    'race',
    race([
      queue.get(),
      function* () {
        yield* wake.wait();
        second.kill();
        yield* sleep(Infinity);
      },
    ]),
  );
  await sleep(0);

  wake.set();
  await sleep(1);
  for (const item of ['a', 'b']) queue.putNowait(item);
  await sleep(1);

  assert.equal(got.sort(), ['first:a', 'race:b']);
});

test('a take() of a rate limiter that stood aside gets its token, even if a waiter in line was killed', () =>
  onVirtualTime(async () => {
    const limiter = new RateLimiter({ limit: 1, interval: 10 });
    await limiter.take();
    const wake = new Event();
    const worker = spawn(() =>
      race([
        limiter.take(),
        function* () {
          yield* wake.wait();
          other.kill();
          yield* sleep(Infinity);
        },
      ]),
    );
    await sleep(0);
    const other = spawn(() => limiter.take());
    await sleep(0);

    wake.set();
    await sleep(50);

    assert.is(worker.ready(), true);
    await worker.kill();
  }));

test('a take() of a rate limiter that stood aside gets its token, even if another has taken one meanwhile', () =>
  onVirtualTime(async () => {
    const limiter = new RateLimiter({ limit: 1, interval: 10 });
    await limiter.take();
    const worker = spawn(() =>
      race([
        limiter.take(),
        function* () {
          yield* sleep(10);
          yield* limiter.take({ timeout: 0 });
          yield* sleep(Infinity);
        },
      ]),
    );

    await sleep(50);

    assert.is(worker.ready(), true);
    await worker.kill();
  }));

test('two race()s meet over a channel, and each takes part once', async () => {
  const [there, back] = [new Channel<string>(), new Channel<string>()];
  const putter = spawn(() => select({ there: there.put('a'), back: back.put('b') }));
  const getter = spawn(() => select({ back: back.get(), there: there.get() }));

  const [put, got] = [await putter, await getter];

  assert.is(put.key, got.key);
  assertNoTrace(there, back);
});

test('a race() does not meet itself over a channel', async () => {
  const channel = new Channel<number>();
  const worker = spawn(() => select({ put: channel.put(1), get: channel.get() }));
  await idle();
  assert.is(worker.ready(), false);

  channel.putNowait(2);

  assert.equal(await worker, { key: 'get', value: 2 });
  assertNoTrace(channel);
});

test('a branch that times out in the step in which another gets its item does not end the race', () =>
  onVirtualTime(async () => {
    const [first, second] = [new Queue<number>(), new Queue<number>()];
    spawn(function* () {
      yield* sleep(5);
      second.putNowait(2);
    });

    const outcome = await spawn(() => outcomeOf(any([first.get({ timeout: 5 }), second.get()])));

    assert.equal(outcome, { value: 2 });
    assertNoTrace(first, second);
  }));

test('a lock that a race() has acquired belongs to the caller, and only the caller can release an RLock', async () => {
  const lock = new RLock();
  const wake = new Event();
  const holder = spawn(function* () {
    yield* lock.acquire();
    yield* wake.wait();
    lock.release();
  });
  await sleep(0);
  const worker = spawn(function* () {
    const first = yield* select({ lock: lock.acquire(), late: sleep(Infinity) });
    const again = yield* lock.acquire({ timeout: 0 });
    lock.release();
    lock.release();
    return { first, again, locked: lock.locked() };
  });
  await sleep(0);

  wake.set();
  await holder;

  assert.equal(await worker, { first: { key: 'lock', value: true }, again: true, locked: false });
});

test('a lock that the caller holds can be acquired and released in the branches of its race()', async () => {
  const lock = new RLock();

  const held = await spawn(function* () {
    yield* lock.acquire();
    const inside = yield* race([
      function* () {
        const acquired = yield* lock.acquire({ timeout: 0 });
        lock.release();
        return acquired;
      },
    ]);
    lock.release();
    return { inside, after: lock.locked() };
  });

  assert.equal(held, { inside: true, after: false });
});

test('main that awaits a race() over a lock can release it', async () => {
  const lock = new RLock();

  await race([sleep(Infinity), () => lock.acquire()]);
  lock.release();

  assert.is(lock.locked(), false);
});

test('the caller disposes a hold() that wins, and one that loses holds nothing', async () => {
  const [first, second] = [new Semaphore(0), new Semaphore(0)];
  const worker = spawn(function* () {
    using _ = yield* race([first.hold(), second.hold()]);
    return [first.counter, second.counter];
  });
  await idle();

  first.release();
  second.release();

  assert.equal(await worker, [0, 1]);
  assert.equal([first.counter, second.counter], [1, 1]);
});

test('the notification of a losing Condition.wait() goes to the next waiter', async () => {
  const changed = new Condition();
  const queue = new Queue<number>();
  const waiting = function* () {
    using _ = yield* changed.lock.hold();
    yield* changed.wait();
    return 'notified';
  };
  const worker = spawn(() => race([queue.get(), waiting]));
  await sleep(0);
  await sleep(0);
  const next = spawn(waiting);
  await sleep(0);

  await spawn(function* () {
    using _ = yield* changed.lock.hold();
    queue.putNowait(1);
    changed.notify();
  });
  const won = await worker;
  await sleep(1);

  const wasNotified = next.ready();
  await next.kill();
  assert.is(won, 1);
  assert.is(wasNotified, true);
});

test('the failure of a greenlet that loses in the step in which another branch wins is not lost', async ({
  reported,
}) => {
  const queue = new Queue<number>();
  const failing = new Event();
  const job = spawn(function* () {
    yield* failing.wait();
    throw new RangeError('of the job');
  });
  const worker = spawn(() => race([queue.get(), job]));
  await sleep(0);
  await sleep(0);

  failing.set();
  spawn(() => queue.putNowait(1));
  const outcome = await spawn(() => outcomeOf(worker));
  await sleep(1);
  await reportsMade();

  const seen = [outcome.error, ...reported.splice(0).map(({ error }) => error)];
  assert.ok(seen.some((error) => error instanceof RangeError));
});

test('the failure of a greenlet that ends just after another branch has won is not lost', async ({ reported }) => {
  const queue = new Queue<number>();
  const failing = new Event();
  const error = new RangeError('of the job');
  const job = spawn(function* () {
    yield* failing.wait();
    throw error;
  });
  const worker = spawn(() => race([queue.get(), job]));
  await sleep(0);
  await sleep(0);

  queue.putNowait(1);
  failing.set();
  const won = await worker;
  await sleep(1);
  await reportsMade();

  assert.is(won, 1);
  assert.equal(
    reported.splice(0).map(({ error }) => error),
    [error],
  );
});

test('an item given to a branch before the kill is the value of the race(), and the kill is raised after it', async () => {
  const queue = new Queue<number>();
  const seen: unknown[] = [];
  const worker = spawn(function* () {
    seen.push(yield* race([queue.get(), never]));
    yield* sleep(0);
    seen.push('went on');
  });
  await idle();

  queue.putNowait(1);
  worker.kill();
  await worker.join();

  assert.equal(seen, [1]);
  assert.ok(worker.exception instanceof GreenletExit);
});

test('a Timeout object that goes off in the step of the put leaves the item where it is, or gives it', () =>
  onVirtualTime(async () => {
    const queue = new Queue<number>();
    spawn(function* () {
      yield* sleep(5);
      queue.putNowait(1);
    });

    const outcome = await spawn(function* () {
      using _ = Timeout.startNew(5);
      return yield* outcomeOf(race([queue.get(), never]));
    });
    await sleep(0);

    assert.is(queue.qsize(), 'error' in outcome ? 1 : 0);
    assert.is(getHub().now(), 5);
  }));

test('a race() takes an AsyncResult from no other waiter', async () => {
  const result = new AsyncResult<number>();
  const workers = [spawn(() => race([result.get(), never])), spawn(() => race([never, result.get()]))];
  await sleep(0);

  result.set(1);

  assert.equal([await workers[0], await workers[1]], [1, 1]);
});

/** Events between the end of a nested combinator's winner and the end of its losers. */
const interferences: Record<string, (combine: Combine, inner: Body<unknown>) => Operation<unknown>> = {
  nothing: (combine, inner) => combine([inner]),
  'a deadline': (combine, inner) => withTimeout(10, combine([inner, never])),
  'another branch that ends': (combine, inner) => combine([sleep(10), inner]),
  'another branch that takes': (combine, inner) => {
    const other = new Queue<string>();
    spawn(function* () {
      yield* sleep(10);
      other.putNowait('another item');
    });
    return combine([other.get(), inner]);
  },
  'a deadline around more combinators': (combine, inner) =>
    withTimeout(10, race([() => combine([inner, never]), never])),
};

for (const { name, combine } of combinators) {
  for (const [what, interfere] of Object.entries(interferences)) {
    for (const isKilled of [false, true]) {
      test(`an item that a race() in a ${name} has taken is given although a loser is in a shield, with ${what}${isKilled ? ' and a kill' : ''}`, () =>
        onVirtualTime(async () => {
          const queue = new Queue<string>();
          const inner = () =>
            race([
              queue.get(),
              function* () {
                yield* shield(sleep(50));
              },
            ]);
          const worker = spawn(() => outcomeOf(interfere(combine, inner)));
          await sleep(5);
          queue.putNowait('item');
          await sleep(3);
          if (isKilled) worker.kill();

          await worker.join();

          const { value } = (worker.value ?? {}) as Outcome<unknown>;
          assert.is((value as { value?: unknown } | undefined)?.value ?? value, 'item');
          assert.is(queue.qsize(), 0);
          assert.is(getHub().now(), 50);
        }));
    }
  }
}

test.run();
