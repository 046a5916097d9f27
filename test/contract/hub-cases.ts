import { AsyncLocalStorage } from 'node:async_hooks';
import * as assert from 'uvu/assert';
import { operation } from '../../lib/greenlet/operation.ts';
import {
  action,
  call,
  Event,
  type Greenlet,
  getHub,
  idle,
  iwait,
  joinall,
  killall,
  type Operation,
  Queue,
  type RawGreenlet,
  shield,
  sleep,
  spawn,
  Timeout,
  type TimeoutOption,
  until,
  wait,
  withContext,
  withTimeout,
} from '../../lib/index.ts';
import { type Case, type CheckName, type Subject, without } from './contract.ts';

/** The checks that assume that the call is not ready by itself. */
const NEEDS_A_LONG_WAIT: CheckName[] = [
  'waits',
  'worksInMain',
  'worksInRun',
  'killLeavesNoTrace',
  'wakesOne',
  'outerTimeout',
  'outerTimeoutValue',
  'withinTimeout',
  'timeoutObject',
  'twiceInMain',
  'killOneOfTwo',
  'waitsForEver',
];

/** The checks in which the check itself makes the call continue. */
const NEEDS_SATISFACTION: CheckName[] = [
  'waits',
  'worksInMain',
  'worksInRun',
  'isFair',
  'wakesOne',
  'killedFirst',
  'killedLater',
  'raisesOnlyInWaits',
  'withinTimeout',
  'again',
  'againAfterCancel',
  'twoBodies',
  'twiceInMain',
  'twoWaiters',
  'killOneOfTwo',
  'waitsForEver',
  'stopsItsTimer',
  'pollTakes',
  'undefinedWaitsForEver',
  'infinityWaitsForEver',
];

/** The checks that need a wait that can be cancelled. */
const NEEDS_CANCELLING: CheckName[] = [
  'isFair',
  'wakesOne',
  'killLeavesNoTrace',
  'killedFirst',
  'raisesAgain',
  'outerTimeout',
  'outerTimeoutValue',
  'timeoutObject',
  'againAfterCancel',
  'killOneOfTwo',
];

const DURATION = 1e10;

/** Every call of lib/hub that may block, and `call()` of lib/greenlet. */
export const hubCases: readonly Case[] = [
  {
    name: 'Greenlet.join()',
    make: () => endOfGreenlet((greenlet, options) => greenlet.join(options), undefined),
    late: { value: undefined },
  },
  {
    name: 'Greenlet.get()',
    make: () => endOfGreenlet((greenlet, options) => greenlet.get(options), 'result'),
    late: { error: Timeout },
  },
  {
    name: 'a Greenlet',
    make: () => endOfGreenlet((greenlet) => greenlet, 'result'),
    late: 'get() takes one',
  },
  {
    name: 'Greenlet.kill()',
    make: () => endOfGreenlet((greenlet, options) => greenlet.kill(options), undefined),
    late: { value: undefined },
    without: without('the kill itself acts at once', 'isLazy'),
  },
  {
    name: 'joinall()',
    make: () => endOfGreenlet((greenlet, options) => joinall([greenlet], options), isListOfOne),
    late: { value: [] },
  },
  {
    name: 'killall()',
    make: () => endOfGreenlet((greenlet, options) => killall([greenlet], options), undefined),
    late: { error: Timeout },
    without: without('the kill itself acts at once', 'isLazy'),
  },
  {
    name: 'wait()',
    make: () => readiness((event, options) => wait([event], options), isListOfOne),
    late: { value: [] },
  },
  {
    name: 'wait() without a list',
    make() {
      const other = spawn(() => sleep(Infinity));
      return {
        call: (options) => wait(undefined, options),
        satisfy: () => {},
        value: true,
        assertUntouched: () => assert.is(other.dead, false),
        end: () => {
          other.kill();
        },
      };
    },
    late: { value: false },
    without: without('it waits for the end of everything else, including the check', ...NEEDS_SATISFACTION),
  },
  {
    name: 'iwait().next()',
    make: () =>
      readiness(
        (event, options) => {
          // iwait() itself refuses wrong options.
          iwait([event], options).return();
          // An iteration watches from its first step to its end, even if a step is cancelled.
          return operation(function* () {
            const steps = iwait([event], options);
            try {
              return yield* steps.next();
            } finally {
              steps.return();
            }
          });
        },
        (step: unknown) => assert.is((step as IteratorResult<Event>).done, false),
      ),
    late: { value: { done: true, value: undefined } },
  },
  {
    name: 'sleep()',
    make: () => ({
      place: () => sleepers().length,
      call: () => sleep(DURATION),
      satisfy: () => {
        // They are due.
        for (const { waiting } of sleepers()) {
          getHub().timers.stop(waiting as never);
          (waiting as unknown as { notify(): void }).notify();
        }
      },
      value: undefined,
      wakesAll: true,
      timers: 1,
      assertUntouched: () => {},
    }),
    late: 'its time is what it waits for',
    without: without('it always waits', 'raisesOnlyInWaits'),
  },
  {
    name: 'sleep(0)',
    make: () => readySoon(() => sleep(0)),
    late: 'it continues as soon as all others have run',
    without: {
      ...without('it always waits', 'raisesOnlyInWaits'),
      ...without(
        'it does not wait for long',
        ...NEEDS_A_LONG_WAIT,
        'again',
        'isFair',
        'killedFirst',
        'killedLater',
        'raisesAgain',
      ),
    },
  },
  {
    name: 'idle()',
    make: () => readySoon(() => idle()),
    late: 'it continues as soon as no other greenlet is ready',
    without: {
      ...without('it always waits', 'raisesOnlyInWaits'),
      ...without(
        'it does not wait for long',
        ...NEEDS_A_LONG_WAIT,
        'isFair',
        'killedFirst',
        'killedLater',
        'raisesAgain',
      ),
    },
  },
  {
    name: 'until(promise)',
    make() {
      const listeners: ((value: string) => void)[] = [];
      let settled = false;
      const thenable = {
        // biome-ignore lint/suspicious/noThenProperty: one that settles at once, where a promise takes a microtask
        then(resolve: (value: string) => void) {
          // A cancelled greenlet only waits for errors.
          if (typeof resolve !== 'function') return;
          if (settled) resolve('answer');
          else listeners.push(resolve);
        },
      };
      return {
        call: () => until(thenable as PromiseLike<string>),
        satisfy: () => {
          settled = true;
          for (const listener of listeners.splice(0)) listener('answer');
        },
        value: 'answer',
        renew: false,
        wakesAll: true,
        assertUntouched: () => assert.is(settled, false),
      };
    },
    late: 'withTimeout() bounds it',
    without: without('it always waits, for that is what promises do', 'raisesOnlyInWaits'),
  },
  {
    name: 'until(signal => promise)',
    make() {
      const underWay = new Set<(value: string) => void>();
      const start = (signal: AbortSignal): PromiseLike<string> => ({
        // biome-ignore lint/suspicious/noThenProperty: one that settles at once, where a promise takes a microtask
        then(resolve) {
          const finish = resolve as unknown as (value: string) => void;
          underWay.add(finish);
          signal.addEventListener('abort', () => underWay.delete(finish));
          return Promise.resolve() as Promise<never>;
        },
      });
      return callbacks(underWay, () => until(start));
    },
    late: 'withTimeout() bounds it',
    without: without('it always waits, for that is what promises do', 'raisesOnlyInWaits'),
  },
  {
    name: 'action()',
    make() {
      const underWay = new Set<(value: string) => void>();
      return callbacks(underWay, () =>
        action<string>((resolve) => {
          underWay.add(resolve);
          return () => {
            underWay.delete(resolve);
          };
        }),
      );
    },
    late: 'withTimeout() bounds it',
    without: without('it always starts something', 'raisesOnlyInWaits'),
  },
  {
    name: 'withTimeout(function)',
    make: () => around((body, { timeout = Infinity } = {}) => withTimeout(timeout, body)),
    late: { error: Timeout },
    without: {
      ...without('its body is raised in where it would block, once it does', 'polls', 'pollRaisesNothing'),
    },
  },
  {
    name: 'withTimeout(operation)',
    make: () => around((body, { timeout = Infinity } = {}) => withTimeout(timeout, operation(body))),
    late: { error: Timeout },
    without: {
      ...without('its body is raised in where it would block, once it does', 'polls', 'pollRaisesNothing'),
    },
  },
  {
    name: 'shield()',
    make: () => around((body) => shield(body)),
    late: 'withTimeout() in its body bounds it',
    without: without('it cannot be cancelled', ...NEEDS_CANCELLING),
  },
  {
    name: 'call()',
    make: () => around((body) => call(body)),
    late: 'what it calls may take one',
  },
  {
    name: 'withContext()',
    make: () => {
      const storage = new AsyncLocalStorage<number>();
      return around((body) => withContext(storage, 1, body));
    },
    late: 'withTimeout() bounds it',
  },
];

/** A greenlet that survives a kill, and ends when the test allows it. */
export function endOfGreenlet(
  wait: (greenlet: Greenlet<string>, options?: TimeoutOption) => Operation<unknown>,
  value: unknown,
): Subject {
  const mayEnd = new Event();
  const greenlet = spawn(function* () {
    yield* shield(mayEnd.wait());
    return 'result';
  });
  return {
    place: greenlet,
    call: (options) => wait(greenlet, options),
    *satisfy() {
      mayEnd.set();
      yield* sleep(0);
    },
    value,
    renew: false,
    wakesAll: true,
    assertUntouched: () => assert.is(greenlet.ready(), false),
    end: () => mayEnd.set(),
  };
}

function readiness(make: (event: Event, options?: TimeoutOption) => Operation<unknown>, value: unknown): Subject {
  const event = new Event();
  return {
    place: event,
    call: (options) => make(event, options),
    satisfy: () => event.set(),
    value,
    renew: () => event.clear(),
    wakesAll: true,
    assertUntouched: () => assert.is(event.isSet(), false),
  };
}

/** Calls that continue by themselves as soon as no other greenlet is ready. */
function readySoon(make: () => Operation<void>): Subject {
  return {
    call: () => make(),
    satisfy: () => {},
    value: undefined,
    wakesAll: true,
    assertUntouched: () => {},
  };
}

/** A mock of work that is in progress as long as it is in a set. */
function callbacks(underWay: Set<(value: string) => void>, make: () => Operation<string>): Subject {
  return {
    place: () => underWay.size,
    call: () => make(),
    satisfy: () => {
      const finished = [...underWay];
      underWay.clear();
      for (const finish of finished) finish('answer');
    },
    value: 'answer',
    wakesAll: true,
    assertUntouched: () => assert.is(underWay.size, 0),
  };
}

/** A call around a blocking body. */
export function around(
  make: (body: () => Generator<never, string>, options?: TimeoutOption) => Operation<unknown>,
): Subject {
  const queue = new Queue<string>();
  function* body() {
    return yield* queue.get();
  }
  return {
    place: queue,
    call: (options) => make(body as never, options),
    satisfy: () => queue.putNowait('item'),
    value: 'item',
    assertUntouched: () => assert.is(queue.qsize(), 0),
  };
}

function isListOfOne(list: unknown): void {
  assert.ok(Array.isArray(list));
  assert.is(list.length, 1);
}

function sleepers(): RawGreenlet[] {
  return [...getHub().living()].filter(({ waiting }) => waiting?.describe() === `sleep(${DURATION})`);
}
