/**
 * The contract of every call that may block, checked for each of them. A new blocking call is one more entry in the
 * table of its folder.
 */
import * as assert from 'uvu/assert';
import {
  type Coroutine,
  Greenlet,
  GreenletExit,
  getcurrent,
  getHub,
  joinall,
  type Operation,
  run,
  sleep,
  spawn,
  Timeout,
  type TimeoutOption,
  until,
  withTimeout,
} from '../../lib/index.ts';
import { waitAllBlocked } from '../../lib/testing/index.ts';
import { thrownBy } from '../support/failure.ts';
import type { Test } from '../support/harness.ts';
import { waitersOf } from '../support/leaks.ts';
import { type Outcome, outcomeOf } from '../support/outcome.ts';
import { onVirtualTime } from '../support/virtual-clock.ts';

/** An object on which a call blocks at first. */
export interface Subject {
  /** The object at which the call waits, or the number of its waiters; absent if there is nothing to count. */
  place?: object | (() => number);
  call(options?: TimeoutOption): Operation<unknown>;
  /** Lets one waiter continue. Afterwards it is ready and has not run yet. */
  satisfy(): Coroutine<void> | void;
  /** The expected result, or a function that checks it. */
  value: unknown | ((actual: unknown) => void);
  /** Makes the call block again after a success; absent if it does so by itself, false if it cannot. */
  renew?: (() => void) | false;
  /** True if one `satisfy()` lets all waiters continue. */
  wakesAll?: boolean;
  /** How many timers a wait without timeout needs; none by default. */
  timers?: number;
  /** Fails if a call without effect has changed the object. */
  assertUntouched(): void;
  /** Cleans up. */
  end?(): void;
}

/** How a call ends when its own timeout has passed. */
export type Late = { value: unknown } | { error: new (...args: never[]) => Error };

export interface Case {
  /** The call, as its documentation writes it. */
  name: string;
  make(): Subject;
  /** How it ends when its own timeout passes, or why it has none. */
  late: Late | string;
  /** The checks that do not apply to it, and the reasons. */
  without?: { readonly [name in CheckName]?: string };
}

export type CheckName = keyof typeof checks | keyof typeof timedChecks;

interface Check {
  /** The statement that it checks, with the call as its subject. */
  title(call: string): string;
  /** The check, which runs in a greenlet or in main. */
  body?(subject: Subject, late: Late): Coroutine<void>;
  inMain?(subject: Subject, late: Late): Promise<void>;
}

/** The same reason for several checks. */
export function without(reason: string, ...names: CheckName[]): { readonly [name in CheckName]?: string } {
  return Object.fromEntries(names.map((name) => [name, reason]));
}

/** Adds the tests of every case to a suite. */
export function contract(test: Test, cases: readonly Case[]): void {
  for (const { name, make, late, without: excluded = {} } of cases) {
    const timed = typeof late !== 'string';
    for (const [id, check] of Object.entries<Check>(timed ? { ...checks, ...timedChecks } : checks)) {
      if (id in excluded) continue;
      test(check.title(name), () => onSubject(make, check, late as Late));
    }
  }
}

function onSubject(make: () => Subject, check: Check, late: Late): Promise<void> {
  return onVirtualTime(async () => {
    const subject = make();
    await sleep(0);
    const checking = spawn(function* () {
      yield* check.body?.(subject, late) ?? [];
    });
    await checking.join();
    await check.inMain?.(subject, late);
    subject.end?.();
    // Leftovers of a failed check must not affect the next test.
    if (!checking.successful()) for (const left of getHub().living()) if (left instanceof Greenlet) left.kill();
    await sleep(0);
    await checking;
  });
}

/** The checks for every call. */
const checks = {
  waits: {
    title: (call) => `${call} waits until it can continue, and gives its value`,
    *body(subject) {
      const waiter = spawn(() => subject.call());
      yield* sleep(5);
      assert.is(waiter.ready(), false);
      assertWaiting(subject, 1);

      yield* satisfy(subject);

      assertValue(subject, yield* waiter);
      assertNothingLeft(subject);
    },
  },

  isLazy: {
    title: (call) => `${call} does nothing until it is waited for`,
    *body(subject) {
      subject.call();
      yield* waitAllBlocked();

      assertNothingLeft(subject);
      subject.assertUntouched();
    },
  },

  worksInMain: {
    title: (call) => `${call} works under await from main`,
    async inMain(subject) {
      spawn(satisfyLater, subject, 5);

      assertValue(subject, await subject.call());

      assert.is(getHub().now(), 5);
      assertNothingLeft(subject);
    },
  },

  worksInRun: {
    title: (call) => `${call} works in the greenlet of run()`,
    async inMain(subject) {
      spawn(satisfyLater, subject, 5);

      const value = await run(function* main() {
        return yield* subject.call();
      });

      assertValue(subject, value);
      assertNothingLeft(subject);
    },
  },

  isFair: {
    title: (call) => `${call} serves its waiters in the order in which they came, without a killed one`,
    *body(subject) {
      const served: string[] = [];
      const waiters = ['a', 'b', 'c', 'd'].map((id) =>
        spawn(function* () {
          yield* subject.call();
          served.push(id);
        }),
      );
      yield* waitAllBlocked();
      waiters[1]?.kill();

      yield* satisfyAll(subject, 3);
      yield* joinall(waiters);

      assert.equal(served, ['a', 'c', 'd']);
    },
  },

  wakesOne: {
    title: (call) => `${call} wakes one waiter for one satisfaction, or all if it always wakes all`,
    *body(subject) {
      const waiters = [spawn(() => subject.call()), spawn(() => subject.call())];
      yield* waitAllBlocked();

      yield* satisfy(subject);
      yield* waitAllBlocked();

      assert.equal(
        waiters.map((waiter) => waiter.ready()),
        [true, subject.wakesAll === true],
      );
      waiters[1]?.kill();
    },
  },

  killLeavesNoTrace: {
    title: (call) => `${call} that is killed leaves no trace`,
    *body(subject) {
      const waiter = spawn(() => subject.call());
      yield* sleep(5);

      yield* waiter.kill();

      assert.ok(waiter.exception instanceof GreenletExit);
      assertNothingLeft(subject);
      subject.assertUntouched();
    },
  },

  killedFirst: {
    title: (call) => `${call} that is killed in the same step, before it could continue, has taken nothing`,
    *body(subject) {
      const waiter = spawn(() => subject.call());
      const second = spawn(() => subject.call());
      yield* waitAllBlocked();

      waiter.kill();
      yield* satisfy(subject);

      assertValue(subject, yield* second);
      assert.is(waiter.successful(), false);
      assertNothingLeft(subject);
    },
  },

  killedLater: {
    title: (call) => `${call} that could continue before the kill completes, and the next suspension raises the kill`,
    *body(subject) {
      const got: unknown[] = [];
      const waiter = spawn(function* () {
        got.push(yield* subject.call());
        yield* waitAllBlocked();
        got.push('not reached');
      });
      yield* waitAllBlocked();

      yield* satisfy(subject);
      yield* waiter.kill();

      assert.is(got.length, 1);
      assertValue(subject, got[0]);
      assert.ok(waiter.exception instanceof GreenletExit);
      assertNothingLeft(subject);
    },
  },

  raisesAgain: {
    title: (call) => `${call} raises again and again in a killed greenlet, as long as it would have to wait`,
    *body(subject) {
      let raised = 0;
      const stubborn = spawn(function* () {
        for (let attempt = 0; attempt < 3; attempt += 1) {
          const { error } = yield* outcomeOf(subject.call());
          if (error instanceof GreenletExit) raised += 1;
        }
      });
      yield* waitAllBlocked();

      yield* stubborn.kill();

      assert.is(raised, 3);
      assertNothingLeft(subject);
    },
  },

  raisesOnlyInWaits: {
    title: (call) => `${call} raises nothing in a killed greenlet when it need not wait`,
    *body(subject) {
      yield* satisfy(subject);
      const doomed = spawn(function* () {
        (getcurrent() as Greenlet).kill();
        return yield* subject.call();
      });

      assertValue(subject, yield* doomed);
    },
  },

  outerTimeout: {
    title: (call) => `an outer withTimeout passes through ${call}`,
    *body(subject) {
      const { error } = yield* outcomeOf(withTimeout(10, subject.call({ timeout: 20 })));

      assert.ok(error instanceof Timeout);
      assert.is(error.ms, 10);
      assert.is(getHub().now(), 10);
      assertNothingLeft(subject);
      subject.assertUntouched();
    },
  },

  outerTimeoutValue: {
    title: (call) => `an outer withTimeout with a timeoutValue passes through ${call}`,
    *body(subject) {
      const value = yield* withTimeout(10, subject.call(), { timeoutValue: 'late' });

      assert.is(value, 'late');
      assertNothingLeft(subject);
      subject.assertUntouched();
    },
  },

  withinTimeout: {
    title: (call) => `${call} within withTimeout that can continue in time keeps its value`,
    *body(subject) {
      const waiter = spawn(() => withTimeout(10, subject.call()));
      yield* sleep(9);

      yield* satisfy(subject);

      assertValue(subject, yield* waiter);
      assertNothingLeft(subject);
    },
  },

  timeoutObject: {
    title: (call) => `a Timeout object passes through ${call}`,
    *body(subject) {
      const timeout = Timeout.startNew(10);
      const { error } = yield* outcomeOf(subject.call());

      assert.is(error, timeout);
      assertNothingLeft(subject);
      subject.assertUntouched();
    },
  },

  again: {
    title: (call) => `one operation of ${call} can be waited for again`,
    *body(subject) {
      const { renew } = subject;
      const op = subject.call();
      for (let round = 0; round < 3; round += 1) {
        const waiter = spawn(() => op);
        yield* waitAllBlocked();
        if (renew !== false || round === 0) assert.is(waiter.ready(), false);
        yield* satisfy(subject);
        assertValue(subject, yield* waiter);
        if (renew) renew();
      }
      assertNothingLeft(subject);
    },
  },

  againAfterCancel: {
    title: (call) => `one operation of ${call} can be waited for again after it was cancelled`,
    *body(subject) {
      const op = subject.call();
      yield* withTimeout(5, op, { timeoutValue: undefined });
      const waiter = spawn(() => op);
      yield* waitAllBlocked();
      assertWaiting(subject, 1);

      yield* satisfy(subject);

      assertValue(subject, yield* waiter);
      assertNothingLeft(subject);
    },
  },

  twoBodies: {
    title: (call) => `one operation of ${call} can be the whole body of two greenlets at once`,
    *body(subject) {
      const op = subject.call();
      const waiters = [spawn(() => op), spawn(() => op)];
      yield* waitAllBlocked();
      assertWaiting(subject, 2);

      yield* satisfyAll(subject, 2);

      for (const waiter of waiters) assertValue(subject, yield* waiter);
      assertNothingLeft(subject);
    },
  },

  twiceInMain: {
    title: (call) => `one operation of ${call} can be awaited twice at once from main`,
    *body(subject) {
      const op = subject.call();
      const both = Promise.all([op, op]);
      yield* sleep(1);
      assertWaiting(subject, 2);

      yield* satisfyAll(subject, 2);

      for (const value of yield* until(both)) assertValue(subject, value);
      assertNothingLeft(subject);
    },
  },

  twoWaiters: {
    title: (call) => `one operation of ${call} can be waited for by two greenlets at once`,
    *body(subject) {
      const op = subject.call();
      function* waitForIt() {
        return yield* op;
      }
      const waiters = [spawn(waitForIt), spawn(waitForIt)];
      yield* waitAllBlocked();
      assertWaiting(subject, 2);

      yield* satisfyAll(subject, 2);

      for (const waiter of waiters) assertValue(subject, yield* waiter);
      assertNothingLeft(subject);
    },
  },

  killOneOfTwo: {
    title: (call) =>
      `of two greenlets that wait for one operation of ${call}, the kill of one leaves the other waiting`,
    *body(subject) {
      const op = subject.call();
      function* waitForIt() {
        return yield* op;
      }
      const first = spawn(waitForIt);
      const second = spawn(waitForIt);
      yield* waitAllBlocked();

      yield* first.kill();
      assertWaiting(subject, 1);
      yield* satisfy(subject);

      assertValue(subject, yield* second);
      assertNothingLeft(subject);
    },
  },

  waitsForEver: {
    title: (call) => `${call} without a timeout waits forever`,
    *body(subject) {
      const waiter = spawn(() => subject.call());
      yield* sleep(1e9);
      assert.is(waiter.ready(), false);
      assert.is(getHub().timers.size, subject.timers ?? 0);

      yield* satisfy(subject);

      assertValue(subject, yield* waiter);
      assertNothingLeft(subject);
    },
  },
} satisfies Record<string, Check>;

/** The checks for every call that takes a timeout. */
const timedChecks = {
  ownTimeout: {
    title: (call) => `${call} gives up when its own timeout passes, at that time`,
    *body(subject, late) {
      const outcome = yield* outcomeOf(subject.call({ timeout: 10 }));

      assertLate(late, outcome);
      assert.is(getHub().now(), 10);
      assertNothingLeft(subject);
      subject.assertUntouched();
    },
  },

  ownTimeoutInMain: {
    title: (call) => `${call} gives up under await from main, too`,
    async inMain(subject, late) {
      const outcome = await subject.call({ timeout: 10 }).then(
        (value) => ({ value }),
        (error) => ({ error }),
      );

      assertLate(late, outcome);
      assertNothingLeft(subject);
      subject.assertUntouched();
    },
  },

  timeFromTheWait: {
    title: (call) => `the timeout of ${call} begins with the wait`,
    *body(subject, late) {
      const op = subject.call({ timeout: 10 });
      yield* sleep(50);

      assertLate(late, yield* outcomeOf(op));

      assert.is(getHub().now(), 60);
    },
  },

  ownTimeoutFirst: {
    title: (call) => `${call} within a longer withTimeout gives up by its own timeout`,
    *body(subject, late) {
      const outcome = yield* outcomeOf(withTimeout(20, subject.call({ timeout: 10 })));

      assertLate(late, outcome);
      assert.is(getHub().now(), 10);
      assertNothingLeft(subject);
    },
  },

  stopsItsTimer: {
    title: (call) => `${call} that can continue in time leaves no timer`,
    *body(subject) {
      const waiter = spawn(() => subject.call({ timeout: 1_000 }));
      yield* waitAllBlocked();
      assert.is(getHub().timers.size, (subject.timers ?? 0) + 1);

      yield* satisfy(subject);

      assertValue(subject, yield* waiter);
      assertNothingLeft(subject);
    },
  },

  killStopsItsTimer: {
    title: (call) => `${call} with a timeout that is killed leaves no timer`,
    *body(subject) {
      const waiter = spawn(() => subject.call({ timeout: 1_000 }));
      yield* waitAllBlocked();

      yield* waiter.kill();

      assertNothingLeft(subject);
      subject.assertUntouched();
    },
  },

  polls: {
    title: (call) => `${call} with timeout 0 polls: it never blocks`,
    *body(subject, late) {
      let othersRan = false;
      spawn(() => {
        othersRan = true;
      });

      const outcome = yield* outcomeOf(subject.call({ timeout: 0 }));

      assertLate(late, outcome);
      assert.is(othersRan, false);
      assertNothingLeft(subject);
      subject.assertUntouched();
    },
  },

  pollTakes: {
    title: (call) => `${call} with timeout 0 takes what is available`,
    *body(subject) {
      yield* satisfy(subject);

      assertValue(subject, yield* subject.call({ timeout: 0 }));

      assertNothingLeft(subject);
    },
  },

  pollRaisesNothing: {
    title: (call) => `${call} with timeout 0 raises nothing in a killed greenlet`,
    *body(subject, late) {
      const doomed = spawn(function* () {
        (getcurrent() as Greenlet).kill();
        return yield* outcomeOf(subject.call({ timeout: 0 }));
      });

      assertLate(late, yield* doomed);
    },
  },

  undefinedWaitsForEver: {
    title: (call) => `${call} with timeout undefined waits forever`,
    body: (subject) => assertWaitsForEver(subject, undefined),
  },

  infinityWaitsForEver: {
    title: (call) => `${call} with timeout Infinity waits forever`,
    body: (subject) => assertWaitsForEver(subject, Infinity),
  },

  refusesBadTimeouts: {
    title: (call) => `${call} refuses a timeout that is NaN or negative with a RangeError`,
    *body(subject) {
      for (const timeout of [Number.NaN, -1, -Infinity]) {
        assert.instance(
          thrownBy(() => subject.call({ timeout })),
          RangeError,
        );
      }
      assertNothingLeft(subject);
      subject.assertUntouched();
    },
  },

  refusesOddTimeouts: {
    title: (call) => `${call} refuses a timeout that is not a number with a TypeError`,
    *body(subject) {
      for (const timeout of ['10', null, {}, 10n]) {
        assert.instance(
          thrownBy(() => subject.call({ timeout } as never)),
          TypeError,
        );
      }
      assertNothingLeft(subject);
      subject.assertUntouched();
    },
  },

  eachItsOwnTime: {
    title: (call) => `${call} with a timeout can be waited for by two greenlets, each with its own timeout`,
    *body(subject, late) {
      const op = subject.call({ timeout: 10 });
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
      assertNothingLeft(subject);
      subject.assertUntouched();
    },
  },
} satisfies Record<string, Check>;

function* satisfy(subject: Subject): Coroutine<void> {
  const satisfying = subject.satisfy();
  if (satisfying) yield* satisfying;
}

/** Satisfies this many waiters, all of which are waiting. */
function* satisfyAll(subject: Subject, waiters: number): Coroutine<void> {
  for (let round = 0; round < (subject.wakesAll ? 1 : waiters); round += 1) yield* satisfy(subject);
}

function* satisfyLater(subject: Subject, ms: number): Coroutine<void> {
  yield* sleep(ms);
  yield* satisfy(subject);
}

function* assertWaitsForEver(subject: Subject, timeout: number | undefined): Coroutine<void> {
  const waiter = spawn(() => subject.call({ timeout }));
  yield* sleep(1e9);
  assert.is(waiter.ready(), false);
  assert.is(getHub().timers.size, subject.timers ?? 0);

  yield* satisfy(subject);

  assertValue(subject, yield* waiter);
  assertNothingLeft(subject);
}

function waitingAt({ place }: Subject): number | undefined {
  if (place === undefined) return undefined;
  return typeof place === 'function' ? place() : waitersOf(place);
}

function assertWaiting(subject: Subject, count: number): void {
  const waiting = waitingAt(subject);
  if (waiting !== undefined) assert.is(waiting, count);
}

function assertNothingLeft(subject: Subject): void {
  assert.is(waitingAt(subject) ?? 0, 0, 'a waiter was left behind');
  assert.is(getHub().timers.size, 0, 'a timer was left running');
}

function assertValue({ value }: Subject, actual: unknown): void {
  if (typeof value === 'function') value(actual);
  else assert.equal(actual, value);
}

function assertLate(late: Late, outcome: Outcome<unknown>): void {
  if ('error' in late) assert.ok(outcome.error instanceof late.error, `${late.error.name} and not ${outcome.error}`);
  else assert.equal(outcome, { value: late.value });
}
