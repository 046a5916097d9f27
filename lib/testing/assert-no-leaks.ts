import { kernel } from '../greenlet/kernel.ts';
import { type Coroutine, type Operation, operation } from '../greenlet/operation.ts';
import type { RawGreenlet } from '../greenlet/raw-greenlet.ts';
import { isIterable, kindOf } from '../hub/checks/kind-of.ts';
import { checkedOptions, type OptionNames } from '../hub/checks/options.ts';
import { emitters } from '../hub/loop/host-process.ts';
import { hub } from '../hub/loop/hub.ts';
import { MainWait } from '../hub/loop/main-wait.ts';
import { Bucket } from '../hub/loop/timers.ts';
import { type Waiter, WaitQueue } from '../hub/loop/wait-queue.ts';
import { type Body, type BodyResult, callBody, takeBody } from '../hub/parking/body.ts';
import { Deadline } from '../hub/parking/deadline.ts';
import { Suspension } from '../hub/parking/suspension.ts';
import { LeakError } from './errors.ts';
import { waitAllBlocked } from './wait-all-blocked.ts';

/** The part of Node's EventEmitter that `assertNoLeaks()` uses. */
export interface Emitter {
  eventNames(): readonly (string | symbol)[];
  listenerCount(event: string | symbol): number;
}

export interface LeakOptions {
  /** Emitters (servers, sockets, streams) to check for new listeners. The process itself is always checked. */
  emitters?: Iterable<Emitter> | undefined;
}

const LEAK_OPTIONS: OptionNames<LeakOptions> = { emitters: 'object' };

/**
 * Runs a body and fails if it leaves anything behind: greenlets that have not ended, running timers, waiters at a lock,
 * queue or event, or listeners on the process or the given emitters. Anything that existed before does not count. Ready
 * greenlets run first, before the check; a virtual clock stands still meanwhile.
 *
 * @param body a function without parameters (usually a function*), an operation, or a promise
 * @param options `emitters` to check as well
 * @returns an operation that gives the body's result
 * @throws LeakError if something is left; any error of the body
 *
 * @example
 * await assertNoLeaks(function* () {
 *   const getter = spawn(() => queue.get({ timeout: 1_000 }));
 *   yield* getter.kill();
 * });
 */
export function assertNoLeaks<B extends Body<unknown>>(body: B, options: LeakOptions = {}): Operation<BodyResult<B>> {
  const taken = takeBody<unknown>(body, 'assertNoLeaks()');
  checkedOptions(options, LEAK_OPTIONS, 'assertNoLeaks()');
  const { emitters: given = [] } = options;
  if (!isIterable(given)) throw new TypeError(`assertNoLeaks(): emitters must be a list, not ${kindOf(given)}`);
  const watched = [...given, ...emitters()];
  return operation(function* (): Coroutine<BodyResult<B>> {
    const greenlets = new Set(hub.living());
    const listeners = watched.map((emitter) => listenersOf(emitter));
    const waiters = new WaiterCensus();
    let result: BodyResult<B>;
    try {
      result = yield* callBody(taken, 'assertNoLeaks()') as Operation<BodyResult<B>>;
      yield* waitAllBlocked();
    } finally {
      waiters.end();
    }
    const leaks = [
      ...[...hub.living()]
        .filter((greenlet) => !greenlets.has(greenlet) && !awaits(greenlet, greenlets))
        .map(describeGreenlet),
      ...waiters.describe(),
      ...watched.flatMap((emitter, index) => newListeners(emitter, listeners[index] as Map<string | symbol, number>)),
    ];
    if (leaks.length > 0) throw new LeakError(leaks);
    return result;
  }, 'assertNoLeaks()');
}

/** True for a wait of main for a greenlet that existed before, such as the test that asserts. It is not a leak. */
function awaits(greenlet: RawGreenlet, before: ReadonlySet<RawGreenlet>): boolean {
  if (!(greenlet instanceof MainWait && greenlet.waiting instanceof Suspension)) return false;
  return [...greenlet.waiting.blockers()].some((blocker) => before.has(blocker));
}

function describeGreenlet({ name, waiting }: { name: string; waiting: { describe(): string } | null }): string {
  return `greenlet ${name}${waiting === null ? '' : `, which waits for ${waiting.describe()}`}`;
}

function listenersOf(emitter: Emitter): Map<string | symbol, number> {
  return new Map(emitter.eventNames().map((event) => [event, emitter.listenerCount(event)]));
}

function newListeners(emitter: Emitter, before: Map<string | symbol, number>): string[] {
  return [...listenersOf(emitter)]
    .filter(([event, count]) => count > (before.get(event) ?? 0))
    .map(([event, count]) => {
      const kind = emitter.constructor?.name ?? 'an emitter';
      return `${count - (before.get(event) ?? 0)} listeners of '${String(event)}' on ${kind}`;
    });
}

const underWay = new Set<WaiterCensus>();
const original = methodsOf(WaitQueue.prototype);

/** Records the waiters that joined any wait queue, timers included, since it was created. */
class WaiterCensus {
  readonly present = new Set<Waiter>();

  /** Replaces the methods of all wait queues until `end()`, so that they cost nothing extra at other times. */
  constructor() {
    underWay.add(this);
    if (underWay.size > 1) return;
    Object.assign(WaitQueue.prototype, {
      push(this: WaitQueue, waiter: Waiter): void {
        for (const census of underWay) census.present.add(waiter);
        original.push.call(this, waiter);
      },
      insertAfter(this: WaitQueue, waiter: Waiter, before: Waiter | null): void {
        for (const census of underWay) census.present.add(waiter);
        original.insertAfter.call(this, waiter, before);
      },
      remove(this: WaitQueue, waiter: Waiter): void {
        for (const census of underWay) census.present.delete(waiter);
        original.remove.call(this, waiter);
      },
    });
  }

  end(): void {
    underWay.delete(this);
    if (underWay.size === 0) Object.assign(WaitQueue.prototype, original);
  }

  /** Describes the waiters that are left, except those of other living greenlets: these are reported, or existed before. */
  describe(): string[] {
    const others = new Set(hub.living());
    others.delete(kernel.current);
    return [...this.present].filter((waiter) => !isOf(others, waiter)).map(describeWaiter);
  }
}

function methodsOf({ push, insertAfter, remove }: WaitQueue): Pick<WaitQueue, 'push' | 'insertAfter' | 'remove'> {
  return { push, insertAfter, remove };
}

/** True for a wait or a time limit of one of these greenlets. */
function isOf(greenlets: ReadonlySet<RawGreenlet>, waiter: Waiter): boolean {
  const wait = waiter instanceof Deadline ? waiter.wait : waiter;
  const { greenlet = null } = wait as { greenlet?: RawGreenlet | null };
  if (greenlet === null || !greenlets.has(greenlet)) return false;
  return wait instanceof Suspension ? greenlet.waiting === wait : waiter.queue instanceof Bucket;
}

function describeWaiter(waiter: Waiter): string {
  if (waiter instanceof Suspension) return `a waiter for ${waiter.describe()}, whose greenlet is no longer waiting`;
  return `a ${waiter.constructor.name} ${waiter.queue instanceof Bucket ? 'among the timers' : 'in a wait queue'}`;
}
