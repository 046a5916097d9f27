/** What holds for every call of this room that may block, checked against each of them. */
import * as assert from 'uvu/assert';
import {
  AsyncResult,
  type Coroutine,
  Empty,
  Event,
  Full,
  Greenlet,
  GreenletExit,
  getcurrent,
  getHub,
  joinall,
  Lock,
  type Operation,
  Queue,
  Semaphore,
  sleep,
  spawn,
  Timeout,
  type TimeoutOption,
  until,
  withTimeout,
} from '../../lib/index.ts';
import { thrownBy } from '../support/failure.ts';
import { suite } from '../support/harness.ts';
import { assertNoTrace, waitersOf } from '../support/leaks.ts';
import { type Outcome, outcomeOf } from '../support/outcome.ts';
import { onVirtualTime } from '../support/virtual-clock.ts';

const test = suite('sync/blocking-calls');

/** An object on which the call blocks at first. */
interface Subject {
  object: object;
  call(options?: TimeoutOption): Operation<unknown>;
  /** Lets one waiter go on. */
  satisfy(): void;
  /** What the call gives then. */
  value: unknown;
  /** Makes the call block again after one that succeeded; absent where it does by itself, false where it cannot. */
  renew?: (() => void) | false;
  /** True when one `satisfy()` lets all waiters go on. */
  wakesAll?: boolean;
  /** Fails when a call that came to nothing has changed the object. */
  assertUntouched(): void;
}

interface Case {
  name: string;
  make(): Subject;
  /** How a call ends whose own timeout has run out; absent where it takes none. */
  late?: { value: unknown } | { error: new (...args: never[]) => Error };
}

const cases: Case[] = [
  {
    name: 'Queue.get()',
    make() {
      const queue = new Queue<string>();
      return {
        object: queue,
        call: (options) => queue.get(options),
        satisfy: () => queue.putNowait('item'),
        value: 'item',
        assertUntouched: () => {
          queue.putNowait('only');
          assert.is(queue.getNowait(), 'only');
          assert.is(queue.qsize(), 0);
        },
      };
    },
    late: { error: Empty },
  },
  {
    name: 'Queue.peek()',
    make() {
      const queue = new Queue<string>();
      return {
        object: queue,
        call: (options) => queue.peek(options),
        satisfy: () => queue.putNowait('item'),
        value: 'item',
        renew: () => assert.is(queue.getNowait(), 'item'),
        wakesAll: true,
        assertUntouched: () => assert.is(queue.qsize(), 0),
      };
    },
    late: { error: Empty },
  },
  {
    name: 'Queue.next()',
    make() {
      const queue = new Queue<string>();
      return {
        object: queue,
        call: () => queue.next(),
        satisfy: () => queue.putNowait('item'),
        value: { done: false, value: 'item' },
        assertUntouched: () => {
          queue.putNowait('only');
          assert.is(queue.qsize(), 1);
        },
      };
    },
  },
  {
    name: 'Queue.put()',
    make() {
      const queue = new Queue<string>(1);
      queue.putNowait('first');
      return {
        object: queue,
        call: (options) => queue.put('second', options),
        satisfy: () => {
          queue.getNowait();
        },
        value: undefined,
        assertUntouched: () => {
          assert.is(queue.getNowait(), 'first');
          assert.is(queue.qsize(), 0);
        },
      };
    },
    late: { error: Full },
  },
  {
    name: 'Event.wait()',
    make() {
      const event = new Event();
      return {
        object: event,
        call: (options) => event.wait(options),
        satisfy: () => event.set(),
        value: true,
        renew: () => event.clear(),
        wakesAll: true,
        assertUntouched: () => assert.is(event.isSet(), false),
      };
    },
    late: { value: false },
  },
  {
    name: 'AsyncResult.get()',
    make() {
      const result = new AsyncResult<string>();
      return {
        object: result,
        call: (options) => result.get(options),
        satisfy: () => result.set('answer'),
        value: 'answer',
        renew: false,
        wakesAll: true,
        assertUntouched: () => assert.is(result.ready(), false),
      };
    },
    late: { error: Timeout },
  },
  {
    name: 'AsyncResult.wait()',
    make() {
      const result = new AsyncResult<string>();
      return {
        object: result,
        call: (options) => result.wait(options),
        satisfy: () => result.set('answer'),
        value: 'answer',
        renew: false,
        wakesAll: true,
        assertUntouched: () => assert.is(result.ready(), false),
      };
    },
    late: { value: undefined },
  },
  {
    name: 'Lock.acquire()',
    make() {
      const lock = lockedLock();
      return {
        object: lock,
        call: (options) => lock.acquire(options),
        satisfy: () => lock.release(),
        value: true,
        assertUntouched: () => {
          lock.release();
          assert.is(lock.locked(), false);
        },
      };
    },
    late: { value: false },
  },
  {
    name: 'Semaphore.acquire()',
    make() {
      const semaphore = new Semaphore(0);
      return {
        object: semaphore,
        call: (options) => semaphore.acquire(options),
        satisfy: () => semaphore.release(),
        value: true,
        assertUntouched: () => {
          semaphore.release();
          assert.is(semaphore.counter, 1);
        },
      };
    },
    late: { value: false },
  },
];

/** A lock that main holds. */
function lockedLock(): Lock {
  const lock = new Lock();
  void lock.acquire().then(() => {});
  return lock;
}

/** Runs one check on virtual time, in a greenlet, with an object that blocks. */
function inGreenlet(make: () => Subject, check: (subject: Subject) => Coroutine<void> | void) {
  return () =>
    onVirtualTime(async () => {
      const subject = make();
      await sleep(0);
      const checking = spawn(check, subject);
      await checking.join();
      // What a failed check left behind must not reach into the next test.
      if (!checking.successful()) for (const left of getHub().living()) if (left instanceof Greenlet) left.kill();
      await checking;
    });
}

function assertLate(late: NonNullable<Case['late']>, outcome: Outcome<unknown>): void {
  if ('error' in late) assert.ok(outcome.error instanceof late.error, `${late.error.name} and not ${outcome.error}`);
  else assert.equal(outcome, { value: late.value });
}

for (const { name, make, late } of cases) {
  test(
    `${name} waits until it can go on, and gives its value`,
    inGreenlet(make, function* ({ object, call, satisfy, value }: Subject) {
      const waiter = spawn(() => call());
      yield* sleep(5);
      assert.is(waiter.ready(), false);
      assert.is(waitersOf(object), 1);

      satisfy();

      assert.equal(yield* waiter, value);
      assertNoTrace(object);
    }),
  );

  test(
    `${name} does nothing until it is waited for`,
    inGreenlet(make, function* ({ object, call, assertUntouched }: Subject) {
      call();
      yield* sleep(0);

      assertNoTrace(object);
      assertUntouched();
    }),
  );

  test(`${name} works under await from main`, () =>
    onVirtualTime(async () => {
      const { object, call, satisfy, value } = make();
      await sleep(0);
      spawn(function* () {
        yield* sleep(5);
        satisfy();
      });

      assert.equal(await call(), value);

      assert.is(getHub().now(), 5);
      assertNoTrace(object);
    }));

  test(
    `${name} serves its waiters in the order in which they came, past one that was killed`,
    inGreenlet(make, function* ({ call, satisfy, wakesAll }: Subject) {
      const served: string[] = [];
      const waiters = ['a', 'b', 'c', 'd'].map((id) =>
        spawn(function* () {
          yield* call();
          served.push(id);
        }),
      );
      yield* sleep(0);
      waiters[1]?.kill();

      for (let round = 0; round < (wakesAll ? 1 : 3); round += 1) satisfy();
      yield* joinall(waiters);

      assert.equal(served, ['a', 'c', 'd']);
    }),
  );

  test(
    `${name} wakes one waiter for one satisfaction, or all where that is its nature`,
    inGreenlet(make, function* ({ call, satisfy, wakesAll }: Subject) {
      const waiters = [spawn(() => call()), spawn(() => call())];
      yield* sleep(0);

      satisfy();
      yield* sleep(0);

      assert.equal(
        waiters.map((waiter) => waiter.ready()),
        [true, wakesAll === true],
      );
      waiters[1]?.kill();
    }),
  );

  test(
    `a killed ${name} leaves no trace`,
    inGreenlet(make, function* ({ object, call, assertUntouched }: Subject) {
      const waiter = spawn(() => call());
      yield* sleep(5);

      yield* waiter.kill();

      assert.ok(waiter.exception instanceof GreenletExit);
      assertNoTrace(object);
      assertUntouched();
    }),
  );

  test(
    `a ${name} that is killed in the same step, before it could go on, has taken nothing`,
    inGreenlet(make, function* ({ object, call, satisfy, value }: Subject) {
      const waiter = spawn(() => call());
      const second = spawn(() => call());
      yield* sleep(0);

      waiter.kill();
      satisfy();

      assert.equal(yield* second, value);
      assert.is(waiter.successful(), false);
      assertNoTrace(object);
    }),
  );

  test(
    `a ${name} that could go on before the kill completes, and the kill is raised at the next suspension`,
    inGreenlet(make, function* ({ object, call, satisfy, value }: Subject) {
      const log: unknown[] = [];
      const waiter = spawn(function* () {
        log.push(yield* call());
        yield* sleep(0);
        log.push('not reached');
      });
      yield* sleep(0);

      satisfy();
      yield* waiter.kill();

      assert.equal(log, [value]);
      assert.ok(waiter.exception instanceof GreenletExit);
      assertNoTrace(object);
    }),
  );

  test(
    `${name} raises again and again in a killed greenlet, as long as it would have to wait`,
    inGreenlet(make, function* ({ object, call }: Subject) {
      let raised = 0;
      const stubborn = spawn(function* () {
        for (let attempt = 0; attempt < 3; attempt += 1) {
          const { error } = yield* outcomeOf(call());
          if (error instanceof GreenletExit) raised += 1;
        }
      });
      yield* sleep(0);

      yield* stubborn.kill();

      assert.is(raised, 3);
      assertNoTrace(object);
    }),
  );

  test(
    `${name} raises nothing in a killed greenlet when it need not wait`,
    inGreenlet(make, function* ({ call, satisfy, value }: Subject) {
      satisfy();
      const doomed = spawn(function* () {
        (getcurrent() as Greenlet).kill();
        return yield* call();
      });

      assert.equal(yield* doomed, value);
    }),
  );

  test(
    `an outer withTimeout passes through ${name}`,
    inGreenlet(make, function* ({ object, call, assertUntouched }: Subject) {
      const { error } = yield* outcomeOf(withTimeout(10, call({ timeout: 20 })));

      assert.ok(error instanceof Timeout);
      assert.is(error.ms, 10);
      assert.is(getHub().now(), 10);
      assertNoTrace(object);
      assertUntouched();
    }),
  );

  test(
    `an outer withTimeout with a timeoutValue passes through ${name}`,
    inGreenlet(make, function* ({ object, call, assertUntouched }: Subject) {
      const value = yield* withTimeout(10, call(), { timeoutValue: 'late' });

      assert.is(value, 'late');
      assertNoTrace(object);
      assertUntouched();
    }),
  );

  test(
    `a ${name} within withTimeout that can go on in time keeps its value`,
    inGreenlet(make, function* ({ object, call, satisfy, value }: Subject) {
      const waiter = spawn(() => withTimeout(10, call()));
      yield* sleep(9);

      satisfy();

      assert.equal(yield* waiter, value);
      assertNoTrace(object);
    }),
  );

  test(
    `a Timeout object passes through ${name}`,
    inGreenlet(make, function* ({ object, call, assertUntouched }: Subject) {
      const timeout = Timeout.startNew(10);
      const { error } = yield* outcomeOf(call());

      assert.is(error, timeout);
      assertNoTrace(object);
      assertUntouched();
    }),
  );

  test(
    `one ${name} can be waited for again`,
    inGreenlet(make, function* ({ object, call, satisfy, value, renew }: Subject) {
      const op = call();
      for (let round = 0; round < 3; round += 1) {
        const waiter = spawn(() => op);
        yield* sleep(0);
        if (renew !== false || round === 0) assert.is(waiter.ready(), false);
        satisfy();
        assert.equal(yield* waiter, value);
        if (renew) renew();
      }
      assertNoTrace(object);
    }),
  );

  test(
    `one ${name} can be waited for again after it was cancelled`,
    inGreenlet(make, function* ({ object, call, satisfy, value }: Subject) {
      const op = call();
      yield* withTimeout(5, op, { timeoutValue: undefined });
      const waiter = spawn(() => op);
      yield* sleep(0);
      assert.is(waitersOf(object), 1);

      satisfy();

      assert.equal(yield* waiter, value);
      assertNoTrace(object);
    }),
  );

  test(
    `one ${name} can be the whole body of two greenlets at once`,
    inGreenlet(make, function* ({ object, call, satisfy, value, wakesAll }: Subject) {
      const op = call();
      const waiters = [spawn(() => op), spawn(() => op)];
      yield* sleep(0);
      assert.is(waitersOf(object), 2);

      satisfy();
      if (!wakesAll) satisfy();

      for (const waiter of waiters) assert.equal(yield* waiter, value);
      assertNoTrace(object);
    }),
  );

  test(
    `one ${name} can be awaited twice at once from main`,
    inGreenlet(make, function* ({ object, call, satisfy, value, wakesAll }: Subject) {
      const op = call();
      const both = Promise.allSettled([op, op]);
      yield* sleep(1);
      assert.is(waitersOf(object), 2);

      satisfy();
      if (!wakesAll) satisfy();

      assert.equal(
        (yield* until(both)).map((settled) => settled.status === 'fulfilled' && settled.value),
        [value, value],
      );
      assertNoTrace(object);
    }),
  );

  test(
    `one ${name} can be waited for by two greenlets at once`,
    inGreenlet(make, function* ({ object, call, satisfy, value, wakesAll }: Subject) {
      const op = call();
      function* waitForIt() {
        return yield* op;
      }
      const waiters = [spawn(waitForIt), spawn(waitForIt)];
      yield* sleep(0);
      assert.is(waitersOf(object), 2);

      satisfy();
      if (!wakesAll) satisfy();

      for (const waiter of waiters) assert.equal(yield* waiter, value);
      assertNoTrace(object);
    }),
  );

  test(
    `of two greenlets that wait for one ${name}, the kill of one leaves the other waiting`,
    inGreenlet(make, function* ({ object, call, satisfy, value }: Subject) {
      const op = call();
      function* waitForIt() {
        return yield* op;
      }
      const first = spawn(waitForIt);
      const second = spawn(waitForIt);
      yield* sleep(0);

      yield* first.kill();
      assert.is(waitersOf(object), 1);
      satisfy();

      assert.equal(yield* second, value);
      assertNoTrace(object);
    }),
  );

  if (late === undefined) continue;

  test(
    `${name} gives up when its own time is up, at that time`,
    inGreenlet(make, function* ({ object, call, assertUntouched }: Subject) {
      const outcome = yield* outcomeOf(call({ timeout: 10 }));

      assertLate(late, outcome);
      assert.is(getHub().now(), 10);
      assertNoTrace(object);
      assertUntouched();
    }),
  );

  test(`${name} gives up under await from main, too`, () =>
    onVirtualTime(async () => {
      const { object, call, assertUntouched } = make();
      await sleep(0);

      const outcome = await call({ timeout: 10 }).then(
        (value) => ({ value }),
        (error) => ({ error }),
      );

      assertLate(late, outcome);
      assertNoTrace(object);
      assertUntouched();
    }));

  test(
    `the time of ${name} counts from when it is waited for`,
    inGreenlet(make, function* ({ call }: Subject) {
      const op = call({ timeout: 10 });
      yield* sleep(50);

      assertLate(late, yield* outcomeOf(op));

      assert.is(getHub().now(), 60);
    }),
  );

  test(
    `${name} within a longer withTimeout gives up by its own time`,
    inGreenlet(make, function* ({ object, call }: Subject) {
      const outcome = yield* outcomeOf(withTimeout(20, call({ timeout: 10 })));

      assertLate(late, outcome);
      assert.is(getHub().now(), 10);
      assertNoTrace(object);
    }),
  );

  test(
    `${name} that can go on in time leaves no timer`,
    inGreenlet(make, function* ({ object, call, satisfy, value }: Subject) {
      const waiter = spawn(() => call({ timeout: 1_000 }));
      yield* sleep(0);
      assert.is(getHub().timers.size, 1);

      satisfy();

      assert.equal(yield* waiter, value);
      assertNoTrace(object);
    }),
  );

  test(
    `a killed ${name} with a timeout leaves no timer`,
    inGreenlet(make, function* ({ object, call, assertUntouched }: Subject) {
      const waiter = spawn(() => call({ timeout: 1_000 }));
      yield* sleep(0);

      yield* waiter.kill();

      assertNoTrace(object);
      assertUntouched();
    }),
  );

  test(
    `${name} with timeout 0 polls: it never blocks`,
    inGreenlet(make, function* ({ object, call, assertUntouched }: Subject) {
      let othersRan = false;
      spawn(() => {
        othersRan = true;
      });

      const outcome = yield* outcomeOf(call({ timeout: 0 }));

      assertLate(late, outcome);
      assert.is(othersRan, false);
      assertNoTrace(object);
      assertUntouched();
    }),
  );

  test(
    `${name} with timeout 0 takes what is there`,
    inGreenlet(make, function* ({ object, call, satisfy, value }: Subject) {
      satisfy();

      assert.equal(yield* call({ timeout: 0 }), value);

      assertNoTrace(object);
    }),
  );

  test(
    `${name} with timeout 0 raises nothing in a killed greenlet`,
    inGreenlet(make, function* ({ call }: Subject) {
      const doomed = spawn(function* () {
        (getcurrent() as Greenlet).kill();
        return yield* outcomeOf(call({ timeout: 0 }));
      });

      assertLate(late, yield* doomed);
    }),
  );

  for (const timeout of [undefined, Infinity]) {
    test(
      `${name} with timeout ${timeout} waits for ever`,
      inGreenlet(make, function* ({ object, call, satisfy, value }: Subject) {
        const waiter = spawn(() => call({ timeout }));
        yield* sleep(1e9);
        assert.is(waiter.ready(), false);
        assert.is(getHub().timers.size, 0);

        satisfy();

        assert.equal(yield* waiter, value);
        assertNoTrace(object);
      }),
    );
  }

  for (const timeout of [Number.NaN, -1, -Infinity]) {
    test(
      `${name} refuses timeout ${timeout} with a RangeError`,
      inGreenlet(make, ({ call }: Subject) => {
        assert.instance(
          thrownBy(() => call({ timeout })),
          RangeError,
        );
      }),
    );
  }

  test(
    `${name} with a timeout can be waited for by two greenlets, each with its own time`,
    inGreenlet(make, function* ({ object, call, assertUntouched }: Subject) {
      const op = call({ timeout: 10 });
      const ends: number[] = [];
      function* timed() {
        const outcome = yield* outcomeOf(op);
        ends.push(getHub().now());
        return outcome;
      }
      const first = spawn(timed);
      yield* sleep(5);
      const second = spawn(timed);

      assertLate(late, yield* first);
      assertLate(late, yield* second);

      assert.equal(ends, [10, 15]);
      assertNoTrace(object);
      assertUntouched();
    }),
  );
}

test.run();
