import * as assert from 'uvu/assert';
import {
  Event,
  GreenletError,
  GreenletExit,
  getHub,
  greenlet,
  Lock,
  LoopExit,
  Queue,
  race,
  shield,
  sleep,
  spawn,
  Timeout,
  wait,
  withTimeout,
} from '../../lib/index.ts';
import { runProgram } from '../support/child.ts';
import { combinators, exclusive } from '../support/combinators.ts';
import { failureOf, thrownBy } from '../support/failure.ts';
import { suite } from '../support/harness.ts';
import { assertNoTrace, waitersOf } from '../support/leaks.ts';
import { type Outcome, outcomeOf } from '../support/outcome.ts';
import { onVirtualTime } from '../support/virtual-clock.ts';

const test = suite('pool/branches');

/** More steps than any test needs, so that a body that is never stopped still ends, and its test fails. */
const TOO_MANY = 5_000;

const never = sleep(Infinity);

for (const { name, combine } of combinators) {
  test(`${name}() does nothing until it is waited for`, async () => {
    const queue = new Queue<number>();
    queue.putNowait(1);
    let called = false;
    const body = () => {
      called = true;
    };

    combine([queue.get(), body]);
    await sleep(1);

    assert.is(called, false);
    assert.is(queue.qsize(), 1);
  });

  test(`a ${name}() can be waited for again, and by several at once, and runs its bodies each time`, async () => {
    let calls = 0;
    const queue = new Queue<number>();
    const operation = combine([
      function* () {
        calls += 1;
        yield* queue.get();
        yield* sleep(0);
      },
    ]);
    const workers = [spawn(() => operation), spawn(() => operation)];
    await sleep(0);

    for (const item of [1, 2, 3]) queue.putNowait(item);
    for (const worker of workers) await worker;
    await operation;

    assert.is(calls, 3);
    assert.is(queue.qsize(), 0);
  });

  for (const bad of [undefined, null, 1, 'text', {}, [], { ready: () => true }]) {
    test(`${name}() refuses a body that is ${JSON.stringify(bad)} at the call, and starts nothing`, async () => {
      let started = false;
      const body = () => {
        started = true;
      };

      const error = thrownBy(() => combine([body, bad as never]));
      await sleep(0);

      assert.instance(error, TypeError);
      assert.is(started, false);
    });
  }

  test(`the branches of a killed ${name}() complete their cleanup, even if it blocks, before the owner continues`, () =>
    onVirtualTime(async () => {
      const seen: string[] = [];
      const body = (index: number) =>
        function* () {
          try {
            yield* sleep(Infinity);
          } catch (error) {
            if (error instanceof GreenletExit) seen.push(`cancelled ${index}`);
            throw error;
          } finally {
            yield* shield(sleep(10 * index));
            seen.push(`cleaned up ${index}`);
          }
        };
      const worker = spawn(function* () {
        try {
          yield* combine([body(2), body(1), never]);
        } finally {
          seen.push('owner');
        }
      });
      await sleep(5);

      await worker.kill();

      assert.ok(worker.exception instanceof GreenletExit);
      assert.equal(seen, ['cancelled 2', 'cancelled 1', 'cleaned up 1', 'cleaned up 2', 'owner']);
      assert.is(getHub().now(), 25);
    }));

  test(`a ${name}() that runs out of time ends its branches before the Timeout is thrown`, () =>
    onVirtualTime(async () => {
      let cleanedUp = false;
      const body = function* () {
        try {
          yield* sleep(Infinity);
        } finally {
          yield* shield(sleep(20));
          cleanedUp = true;
        }
      };

      const seen = await spawn(function* () {
        const { error } = yield* outcomeOf(withTimeout(10, combine([body, never])));
        return { error, cleanedUp };
      });

      assert.ok(seen.error instanceof Timeout);
      assert.is(seen.cleanedUp, true);
      assert.is(getHub().now(), 30);
    }));

  test(`an error of a branch of ${name}() goes to its caller alone, also after a Timeout was raised in the branch`, () =>
    onVirtualTime(async () => {
      const boom = new Error('boom');
      const { value, error } = await spawn(() =>
        outcomeOf(
          combine([
            function* () {
              Timeout.startNew(1);
              try {
                yield* sleep(10);
              } catch {
                throw boom;
              }
            },
          ]),
        ),
      );

      const [told] = [error, (error as AggregateError | undefined)?.errors?.[0], (value as Outcome<unknown>[])?.[0]]
        .map((each) => (each as { reason?: unknown })?.reason ?? each)
        .filter((each) => each === boom);
      assert.is(told, boom);
    }));

  test(`a branch of ${name}() cannot carry on against its cancellation`, () =>
    onVirtualTime(async () => {
      let steps = 0;
      const stubborn = function* () {
        while (steps < TOO_MANY) {
          try {
            yield* sleep(100);
          } catch {
            steps += 1;
          }
        }
      };
      const worker = spawn(() => combine([stubborn]));
      await sleep(10);

      await worker.kill();

      assert.ok(worker.exception instanceof GreenletExit);
      assert.ok(steps < TOO_MANY);
    }));

  test(`a ${name}() that is killed before it was run runs no body`, async () => {
    let started = false;
    const worker = spawn(() =>
      combine([
        () => {
          started = true;
        },
      ]),
    );

    await worker.kill();

    assert.is(started, false);
  });

  test(`a ${name}() leaves no waiter and no timer when it has ended or was killed`, async () => {
    const [queue, event] = [new Queue<number>(), new Event()];
    const bodies = () => [queue.get(), event.wait({ timeout: 60_000 }), queue.get({ timeout: 60_000 })];
    const [ending, killed] = [spawn(() => combine(bodies())), spawn(() => combine(bodies()))];
    await sleep(0);
    await sleep(0);
    assert.ok(waitersOf(queue) > 0);

    await killed.kill();
    event.set();
    for (const item of [1, 2]) queue.putNowait(item);
    await ending;

    assertNoTrace(queue, event);
  });

  test(`the LoopExit of a ${name}() that nothing can end lists its branches and their waits`, async () => {
    const bodies = name === 'select' ? '{ a: queue.get(), b: lock.acquire() }' : '[queue.get(), lock.acquire()]';
    const ended = await runProgram(`
      const queue = new Queue(), lock = new Lock();
      queue.name = 'the queue';
      lock.name = 'the lock';
      await lock.acquire();
      const worker = spawn(() => ${name}(${bodies}));
      worker.name = 'the worker';
      await worker.then(null, (error) => console.log(error instanceof LoopExit, error.message));
    `);

    assert.match(ended.stdout, /^true /);
    for (const text of [
      `the worker waits for ${name} of 2`,
      `${name}[0] of the worker waits for an item of the queue`,
      `${name}[1] of the worker waits for the lock`,
    ]) {
      assert.match(ended.stdout, text);
    }
    assert.is(ended.code, 0);
  });

  test(`the LoopExit of a deadlock through ${name}() walks the cycle`, async () => {
    const bodies = name === 'select' ? '{ a: worker }' : '[worker]';
    const ended = await runProgram(`
      const worker = spawn(function* () { yield* sleep(0); yield* ${name}(${bodies}); });
      worker.name = 'ouroboros';
      await worker.then(null, (error) => console.log(error.message));
    `);

    const [, cycle = ''] = ended.stdout.split('cycle');
    assert.match(cycle, 'ouroboros');
    assert.match(cycle, `${name}[0] of ouroboros`);
  });
}

for (const { name, combine } of exclusive) {
  test(`${name}() can be awaited from main, and main that gets a LoopExit has its branches cancelled`, async () => {
    const ended = await runProgram(`
      const queue = new Queue();
      const body = function* () { try { yield* queue.get(); } finally { console.log('cancelled'); } };
      const bodies = ${name === 'select' ? '{ a: body, b: sleep(Infinity) }' : '[body, sleep(Infinity)]'};
      const error = await ${name}(bodies).then(null, (error) => error);
      console.log(error instanceof LoopExit);
      queue.putNowait(1);
      console.log(queue.qsize());
    `);

    assert.is(ended.stdout, 'cancelled\ntrue\n1\n');
  });

  test(`a branch of ${name}() that kills its caller ends all branches`, async () => {
    let cleanedUp = 0;
    const waiting = function* () {
      try {
        yield* sleep(Infinity);
      } finally {
        cleanedUp += 1;
      }
    };
    const worker = spawn(() =>
      combine([
        waiting,
        function* () {
          yield* sleep(0);
          worker.kill();
          yield* waiting();
        },
      ]),
    );

    await worker.join();

    assert.ok((worker as { exception: unknown }).exception instanceof GreenletExit);
    assert.is(cleanedUp, 2);
  });

  test(`${name}() waits for a loser whose cleanup blocks`, async () => {
    const [queue, event] = [new Queue<number>(), new Event()];
    const worker = spawn(() =>
      combine([
        queue.get(),
        function* () {
          try {
            yield* sleep(Infinity);
          } finally {
            yield* shield(event.wait());
          }
        },
      ]),
    );
    await sleep(0);
    await sleep(0);
    queue.putNowait(1);
    await sleep(1);
    assert.is(worker.ready(), false);

    event.set();

    await worker;
    assertNoTrace(queue, event);
  });

  test(`a loser of ${name}() that returns in spite of its cancellation changes nothing`, async () => {
    const won = await combine([
      function* () {
        try {
          yield* sleep(Infinity);
        } catch {
          // It continues.
        }
        return 'late';
      },
      function* () {
        yield* sleep(0);
        return 'won';
      },
    ]);

    assert.ok(won === 'won' || (won as { value: string }).value === 'won');
  });

  test(`wait() starts a ${name}() that is given to it, and cancels it when it has ended before`, async () => {
    const [queue, event] = [new Queue<number>(), new Event()];
    const racing = combine([queue.get(), never]);
    const waiting = spawn(() => wait([racing, event], { count: 1 }));
    await sleep(1);

    event.set();
    const ready = await waiting;
    await sleep(1);
    queue.putNowait(1);
    await sleep(0);

    assert.is(ready.length, 1);
    assert.is(ready[0], event);
    assert.is(queue.qsize(), 1);
  });
}

test('the error of a branch that its caller threw at itself is no GreenletExit of the combinator', async () => {
  const exit = new GreenletExit('of my own');

  const error = await failureOf(
    race([
      () => {
        throw exit;
      },
    ]),
  );

  assert.is(error, exit);
  assert.is(error instanceof LoopExit, false);
});

for (const { name, combine } of combinators) {
  test(`${name}() ends with an error in a greenlet that main has entered, for main cannot wait`, async () => {
    const before = new Set(getHub().living());
    const entered = greenlet(() => combine([sleep(1), sleep(2)]));

    const error = thrownBy(() => entered.switch());

    assert.instance(error, GreenletError);
    assert.match(String(error), 'main cannot wait');
    assert.ok(entered.dead);
    await sleep(5);
    assert.ok([...getHub().living()].every((gr) => before.has(gr)));
  });
}

test('a kill ends a race whose winning branch waits for a lock that another branch holds', async () => {
  await onVirtualTime(async () => {
    const lock = new Lock();
    const decided = new Event();
    const log: string[] = [];
    // Its loser needs the lock for its cleanup, so it cannot end while the other branch holds the lock.
    const inner = race([
      decided.wait(),
      function* () {
        try {
          yield* sleep(Infinity);
        } finally {
          yield* shield(lock.acquire());
          lock.release();
          log.push('the inner loser has ended');
        }
      },
    ]);
    const owner = spawn(() =>
      race([
        inner,
        function* () {
          yield* lock.acquire();
          try {
            yield* sleep(2);
          } finally {
            lock.release();
            log.push('the holder has ended');
          }
        },
      ]),
    );
    await sleep(1);
    decided.set();
    // The holder wakes now, but the branch that has won goes first.
    await sleep(5);

    await owner.kill({ timeout: 1_000 });

    assert.is(owner.dead, true);
    assert.is(lock.locked(), false);
    assert.equal(log, ['the holder has ended', 'the inner loser has ended']);
  });
});

test.run();
