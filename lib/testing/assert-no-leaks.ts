import { type Coroutine, type Operation, operation } from '../greenlet/operation.ts';
import type { RawGreenlet } from '../greenlet/raw-greenlet.ts';
import { checkedOptions, type OptionNames } from '../hub/checks/options.ts';
import { host } from '../hub/loop/host.ts';
import { getHub } from '../hub/loop/hub.ts';
import { type Waiter, WaitQueue } from '../hub/loop/wait-queue.ts';
import { type Body, type BodyResult, callBody, takeBody } from '../hub/parking/body.ts';
import { Suspension } from '../hub/parking/suspension.ts';
import { MainWait } from '../hub/tasks/main-wait.ts';
import { waitAllBlocked } from './wait-all-blocked.ts';

const hub = getHub();

/** The part of Node's EventEmitter that is looked at. */
export interface Emitter {
  eventNames(): readonly (string | symbol)[];
  listenerCount(event: string | symbol): number;
}

export interface LeakOptions {
  /** Emitters (servers, sockets, streams) on which no listener may be left, besides the process itself. */
  emitters?: Iterable<Emitter>;
}

const LEAK_OPTIONS: OptionNames<LeakOptions> = { emitters: 'object' };

/** Something was left behind. */
export class LeakError extends Error {
  override name = 'LeakError';
  /** What, one line each. */
  readonly leaks: readonly string[];

  constructor(leaks: readonly string[]) {
    super(`left behind:\n${leaks.map((leak) => `  ${leak}`).join('\n')}`);
    this.leaks = leaks;
  }
}

/**
 * Runs a body and fails if it leaves anything behind: greenlets that have not ended, timers that run, waiters that stand
 * in line at a lock, queue or event, listeners of the process or of emitters that are given. What was there before does
 * not count. All that is ready may run first; on a virtual clock no time passes for it.
 *
 * @param body a function without parameters (usually a function*), an operation, or a promise
 * @returns an operation for what the body returns
 * @throws LeakError when something is left; what the body throws
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
  const emitters = [...(options.emitters ?? []), ...host.emitters()];
  return operation(function* (): Coroutine<BodyResult<B>> {
    const greenlets = new Set(hub.living());
    const listeners = emitters.map((emitter) => listenersOf(emitter));
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
      ...emitters.flatMap((emitter, index) => newListeners(emitter, listeners[index] as Map<string | symbol, number>)),
    ];
    if (leaks.length > 0) throw new LeakError(leaks);
    return result;
  }, 'assertNoLeaks()');
}

/** Main code that awaits what was there before, as is the one who asserts, is no leak. */
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

/** Who stands in any wait queue, the timers included, and came there while this was under way. */
class WaiterCensus {
  readonly present = new Set<Waiter>();

  /** The methods of all queues are replaced meanwhile, so that there is nothing to pay for it at other times. */
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

  /** Those that are left, but for the waits of living greenlets, which are told with the greenlet. */
  describe(): string[] {
    return [...this.present].filter((waiter) => !isOfLiving(waiter)).map(describeWaiter);
  }
}

function methodsOf({ push, insertAfter, remove }: WaitQueue): Pick<WaitQueue, 'push' | 'insertAfter' | 'remove'> {
  return { push, insertAfter, remove };
}

function isOfLiving(waiter: Waiter): boolean {
  for (const greenlet of hub.living()) if (greenlet.waiting === (waiter as unknown)) return true;
  return false;
}

function describeWaiter(waiter: Waiter): string {
  if (waiter instanceof Suspension) return `a waiter for ${waiter.describe()}, whose greenlet does not wait any more`;
  return `a ${waiter.constructor.name} ${hub.timers.has(waiter) ? 'among the timers' : 'in a wait queue'}`;
}
