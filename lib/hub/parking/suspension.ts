/**
 * The one primitive that suspends. Everything that blocks is a `Suspension`: it is an operation, the iterator of its
 * own `yield*` and the result of that iterator's steps (so that a step allocates nothing), and it says how it is
 * parked and how that is undone:
 *
 *     yield* op ─▶ attempt() ── true ──▶ finished without waiting
 *                     │false
 *                     ▼
 *                   park() ─▶ hub ─▶ … ─▶ complete(value) / fail(error) ─▶ finished
 *                     │
 *                     └── cancelled: abort(), and the error is raised where the greenlet waits
 *
 * A parked operation either completes or is aborted, never both: who completes it takes it off the hub's hands at
 * once, and a kill that comes later is raised at the next suspension. The rule and the shape are those of trio's
 * `wait_task_rescheduled(abort_fn)`.
 */

import { describe } from '../../greenlet/describe.ts';
import { GreenletError } from '../../greenlet/errors.ts';
import { takeForgotten } from '../../greenlet/forgotten-switch.ts';
import { kernel, PARK } from '../../greenlet/kernel.ts';
import { BaseOperation, type Frame, operationText, type Suspend } from '../../greenlet/operation.ts';
import type { RawGreenlet } from '../../greenlet/raw-greenlet.ts';
import { TEXT } from '../../greenlet/shown.ts';
import { slots } from '../../greenlet/slots.ts';
import { NEXT, THROW } from '../../greenlet/state.ts';
import type { Wait } from '../../greenlet/wait.ts';
import { getHub } from '../loop/hub.ts';
import { leaveQueue, type Waiter, type Waiting } from '../loop/wait-queue.ts';
import { plugInReports } from '../reports/plug-in.ts';
import { passedOn, raisedHere } from './where-raised.ts';

const hub = getHub();

// Whatever suspends can deadlock.
plugInReports();

/**
 * Resumed with this, a parked operation hands its present stack to `probe.stack` and stays parked. The stack then
 * runs through the whole `yield*` chain, which is how tools show where a greenlet is blocked.
 */
export const probe = { stack: undefined as string | undefined };

/**
 * What stands before every suspension on the hub. Gives false where the greenlet must not park but is resumed with an
 * error instead; then, too, it hands out PARK.
 */
export function maySuspend(greenlet: RawGreenlet): boolean {
  if (greenlet.destination !== null) throw takeForgotten(greenlet);
  // The trampoline refuses what parks while main drives, and says why.
  if (kernel.parkable === false) return false;
  if (greenlet.pending === null) return true;
  slots.deliver(greenlet);
  return false;
}

export function iteratedOutside(operation: { describe(): string }): GreenletError {
  return new GreenletError(
    `${operation.describe()} was iterated outside greenlets: write \`await\` there, and \`yield*\` only in a ` +
      'function* that was given to spawn() or run()',
  );
}

export abstract class Suspension<T> extends BaseOperation<T> implements Frame<T>, Wait, Waiter {
  done: boolean;
  value: T;
  /** @internal Its place in the wait queue that it stands in. */
  queue: Waiting | null;
  /** @internal */
  before: Waiter | null;
  /** @internal */
  after: Waiter | null;
  /** Who waits; null while nobody does. */
  protected greenlet: RawGreenlet | null;

  constructor() {
    super();
    this.done = false;
    this.value = undefined as T;
    this.queue = null;
    this.before = null;
    this.after = null;
    this.greenlet = null;
  }

  /** What is waited for, as messages name it. */
  abstract describe(): string;

  /** @internal */
  [TEXT](): string {
    return operationText(`${this.greenlet === null ? '' : `${this.greenlet.name} `}waits for ${this.describe()}`);
  }

  /** True if it fails with errors of others: a promise, another greenlet. Such errors get the frames of the waiter. */
  protected get isForOthers(): boolean {
    return false;
  }

  /** Finishes at once if it need not wait: sets `value` and gives true, or throws. Must change nothing otherwise. */
  protected attempt(): boolean {
    return false;
  }

  /** @internal Finishes without waiting if it can, as `yield*` would: then `value` holds what it gives. */
  finishNow(): boolean {
    return this.greenlet === null && this.attempt();
  }

  /** Registers with whatever will complete it. */
  protected abstract park(): void;

  /** Undoes `park()`. By default it leaves the wait queue. */
  abort(): void {
    leaveQueue(this);
  }

  /** Called on being resumed with an error, after `abort()` if it had not been completed. */
  protected cancelled(): void {}

  /** Called by the wait queue that it stands in, when it is its turn. */
  notify(): void {
    this.complete(undefined as T);
  }

  blockers(): Iterable<RawGreenlet> {
    return [];
  }

  [Symbol.iterator](): Iterator<Suspend, T, unknown> {
    return this.greenlet === null ? this : this.copy();
  }

  next(value?: unknown): IteratorResult<Suspend, T> {
    const { greenlet } = this;
    if (greenlet === null) return this.start();
    if (greenlet.waiting === this) return this.interrupted(greenlet, value);
    this.greenlet = null;
    this.done = true;
    this.value = value as T;
    return this as unknown as IteratorReturnResult<T>;
  }

  throw(error?: unknown): IteratorResult<Suspend, T> {
    this.withdraw();
    if (this.isForOthers) passedOn(error, this.throw);
    else raisedHere(error, this.throw);
    throw error;
  }

  return(value?: unknown): IteratorResult<Suspend, T> {
    this.withdraw();
    this.done = true;
    this.value = value as T;
    return this as unknown as IteratorReturnResult<T>;
  }

  /** Ends the wait with a value. Does nothing when it is over already. */
  protected complete(value: T): void {
    const { greenlet } = this;
    if (greenlet !== null && greenlet.waiting === this) hub.ready(greenlet, NEXT, value);
  }

  /** Ends the wait with an error. Does nothing when it is over already. */
  protected fail(error: unknown): void {
    const { greenlet } = this;
    if (greenlet !== null && greenlet.waiting === this) hub.ready(greenlet, THROW, error);
  }

  private start(): IteratorResult<Suspend, T> {
    const greenlet = kernel.current;
    if (greenlet === kernel.main) throw iteratedOutside(this);
    if (this.attempt()) {
      this.done = true;
      return this as unknown as IteratorReturnResult<T>;
    }
    this.greenlet = greenlet;
    if (maySuspend(greenlet)) {
      greenlet.park(this);
      this.park();
    }
    return PARK;
  }

  private withdraw(): void {
    const { greenlet } = this;
    this.greenlet = null;
    if (greenlet === null) return;
    if (greenlet.waiting === this) {
      greenlet.unpark();
      this.abort();
    }
    this.cancelled();
  }

  /** Resumed by somebody else than who completes it. */
  private interrupted(greenlet: RawGreenlet, value: unknown): IteratorResult<Suspend, T> {
    if (value === probe) {
      probe.stack = new Error().stack;
      return PARK;
    }
    this.withdraw();
    throw new GreenletError(
      `${describe(greenlet)} was resumed while it waits for ${this.describe()}: an operation is waited for with ` +
        '`yield*` and nothing else, and only the hub may resume who waits',
    );
  }

  /** Another of the same kind, for whoever uses the operation while this one waits. */
  private copy(): Iterator<Suspend, T, unknown> {
    const copy: Suspension<T> = Object.assign(Object.create(Object.getPrototypeOf(this)), this);
    copy.done = false;
    copy.value = undefined as T;
    copy.queue = null;
    copy.before = null;
    copy.after = null;
    copy.greenlet = null;
    copy.reset();
    return copy;
  }

  /** Forgets what belongs to one wait; called on a copy. */
  protected reset(): void {}
}
