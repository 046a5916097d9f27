import { GreenletExit, isA } from '../../greenlet/errors.ts';
import { excused } from '../../greenlet/operation.ts';
import { RawGreenlet } from '../../greenlet/raw-greenlet.ts';
import { checkedCount, type TimeoutOption } from '../checks/checks.ts';
import { kindOf } from '../checks/kind-of.ts';
import type { OptionNames } from '../checks/options.ts';
import { deadlineOf } from '../parking/deadline.ts';
import { handOverAll } from '../parking/handed-over.ts';
import { Suspension } from '../parking/suspension.ts';
import { isWaitable } from '../parking/waitable.ts';
import { passedOn } from '../parking/where-raised.ts';
import { noteClaim } from './end-waiters.ts';
import { greenletOf } from './ends-with.ts';
import type { Greenlet } from './greenlet.ts';
import { type AnyWaitable, allReady, areAnyReady, type Ready, ReadyOrder, readyOf, takeErrors } from './ready-order.ts';

/** How many to wait for, and for how long. */
export interface WaitOptions extends TimeoutOption {
  /** Return when this many are ready. The default is all. */
  count?: number | undefined;
}

export const WAIT_OPTIONS: OptionNames<WaitOptions> = { timeout: 'number', count: 'number' };

export interface JoinOptions extends WaitOptions {
  /** Throw the earliest failure as soon as it happens. The other greenlets keep running. Off by default. */
  raiseError?: boolean | undefined;
}

export const JOIN_OPTIONS: OptionNames<JoinOptions> = { ...WAIT_OPTIONS, raiseError: 'boolean' };

/** Waits until a number of objects are ready. */
export class WaitFor<W extends AnyWaitable> extends Suspension<W[]> {
  private readonly waitables: W[];
  private readonly enough: number;
  private readonly takesErrors: boolean;
  private readonly raiseError: boolean;
  private order: ReadyOrder<W> | null;

  /** @param waitables a list that nobody else uses, because it may be sorted */
  constructor(waitables: W[], options: JoinOptions | undefined, takesErrors: boolean) {
    super();
    this.deadline = deadlineOf(this, options);
    this.waitables = waitables;
    this.enough = Math.min(checkedCount(options?.count), waitables.length);
    this.takesErrors = takesErrors;
    this.raiseError = options?.raiseError === true;
    this.order = null;
  }

  describe(): string {
    const left = this.order === null ? [...this.waitables] : [...this.order.outstanding()];
    const names = left.slice(0, 5).map(nameOf);
    const { length } = this.waitables;
    const missing = this.enough - (length - left.length);
    return `${missing} of ${length} to be ready (${names.join(', ')}${left.length > 5 ? ', …' : ''})`;
  }

  protected override get isForOthers(): boolean {
    return true;
  }

  override *blockers(): Generator<RawGreenlet, void, unknown> {
    if (this.order === null) return;
    for (const waitable of this.order.outstanding()) {
      const blocker = waitable instanceof RawGreenlet ? waitable : greenletOf(waitable);
      if (blocker !== null) yield blocker;
    }
  }

  protected override unregister(): void {
    super.unregister();
    this.order?.close();
  }

  protected override tryNow(): boolean {
    this.order = null;
    const ready = this.readyNow();
    // If all are ready greenlets, they need no second check. Most of a million greenlets are not in the CPU cache.
    if (this.takesErrors && !(ready?.areGreenlets && ready.ones === this.waitables)) checkGreenlets(this.waitables);
    if (ready === null) return false;
    if (this.raiseError) throwEarliest(ready);
    if (ready.ones.length < this.enough) return false;
    this.value = this.take(ready);
    return true;
  }

  protected override register(): void {
    this.order = new ReadyOrder(this.waitables, this.takesErrors, (waitable) => this.oneMore(waitable));
  }

  protected override cancelled(error?: unknown): void {
    this.order?.disclaim(error);
    this.order = null;
  }

  /** Returns all that are ready by now, even if they are more than `count`, which only limits the wait. */
  timedOut(): W[] {
    if (this.order !== null) return this.order.ready;
    return this.take(readyOf(this.waitables));
  }

  /** The ready members, or null if they are certainly too few to end the wait. */
  private readyNow(): Ready<W> | null {
    const { enough, raiseError, waitables } = this;
    if (enough === waitables.length && !raiseError) return allReady(waitables);
    return enough === 0 || areAnyReady(waitables) ? readyOf(waitables) : null;
  }

  private take(ready: Ready<W>): W[] {
    if (this.takesErrors) takeErrors(ready);
    // The next use needs the list, and the caller may change the result, so the result is a copy.
    return ready.ones === this.waitables ? ready.ones.slice() : ready.ones;
  }

  private oneMore(waitable: W): void {
    const { order } = this;
    if (order === null) return;
    const failed = this.raiseError ? greenletOf(waitable) : null;
    if (failed !== null && isFailure(failed)) {
      order.close();
      noteClaim(this.greenlet, failed);
      this.fail(failed.exception);
    } else if (order.ready.length >= this.enough) {
      order.close();
      this.complete(order.ready);
    }
  }
}

/** Names what is waited for, in messages. Operations and promises have no names. */
function nameOf(waitable: AnyWaitable): string {
  const { name } = (greenletOf(waitable) ?? waitable) as { name?: unknown };
  return typeof name === 'string' ? name : 'an operation';
}

function throwEarliest({ ones, anyFailed }: Ready<AnyWaitable>): void {
  if (!anyFailed) return;
  for (const waitable of ones) {
    const greenlet = greenletOf(waitable);
    if (greenlet !== null && isFailure(greenlet)) {
      greenlet.taken = true;
      throw passedOn(greenlet.exception);
    }
  }
}

/** True if an ended greenlet has failed. A greenlet that ended with its GreenletExit has not. */
export function isFailure(greenlet: Greenlet): boolean {
  return !greenlet.successful() && !isA(greenlet.exception, GreenletExit);
}

function checkGreenlets(list: readonly unknown[]): void {
  for (const greenlet of list) {
    if (greenletOf(greenlet) !== null) continue;
    handOverAll(list);
    throw notSpawned('joinall()', greenlet);
  }
}

export function notSpawned(caller: string, value: unknown): TypeError {
  return new TypeError(`${caller} takes greenlets that were made by spawn(), not ${kindOf(value)}`);
}

export const WAITABLES = 'greenlets, queues, operations and the like';

/** Checks a list of objects to wait for, and subscribes to the promises in it. */
export function handedOver<W>(list: W[], caller: string): W[] {
  handOverAll(list);
  for (const waitable of list) {
    if (!isWaitable(waitable) && typeof (waitable as PromiseLike<unknown> | null)?.then !== 'function') {
      throw new TypeError(`${caller} takes objects with ready(), operations and promises, not ${typeof waitable}`);
    }
    excused(waitable as object);
  }
  return list;
}
