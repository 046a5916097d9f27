/**
 * The one primitive that suspends a greenlet. Everything that blocks is a `Suspension`. It is an operation, its own iterator, and
 * the result object of its own steps, so that a step allocates nothing:
 *
 *     yield* op ─▶ finishOrBegin() ── true ──▶ finished without waiting
 *                     │false
 *                     ▼
 *                  register() ─▶ hub ─▶ … ─▶ complete(value) / fail(error) ─▶ finished
 *                     │
 *                     └── cancelled: abort(), and the error is raised where the greenlet waits
 *
 * A parked operation either completes or is aborted, never both. Once it has completed, the wait is over; a later kill is raised
 * at the next suspension. The design follows trio's `wait_task_rescheduled(abort_fn)`.
 *
 * Four methods finish an operation without waiting, if they can:
 *
 * | method | called | |
 * |---|---|---|
 * | `tryNow()` | by the other three | each kind of wait defines it; if it returns false, nothing has changed |
 * | `finishOrBegin()` | by `yield*` | also ends a wait with timeout 0; a kind may begin work here that `register()` continues |
 * | `finishNow()` | by combinators, before they make branches | the same, but it begins nothing |
 * | `tryAgain()` | by what the greenlet waits for | while the greenlet waits; it ends the wait |
 *
 * Two parts are independent of each other: a wait may have a `deadline` (`deadline.ts`), and it may take something when it ends
 * (`mayHold` and `taking.ts`).
 */

import { describe } from '../../greenlet/describe.ts';
import { GreenletError } from '../../greenlet/errors.ts';
import { takeForgotten } from '../../greenlet/forgotten-switch.ts';
import { kernel, PARK } from '../../greenlet/kernel.ts';
import { BaseOperation, type Frame, operationText, type Suspend } from '../../greenlet/operation.ts';
import { probe, reached } from '../../greenlet/probe.ts';
import type { RawGreenlet } from '../../greenlet/raw-greenlet.ts';
import { TEXT } from '../../greenlet/shown.ts';
import { slots } from '../../greenlet/slots.ts';
import { NEXT, SUSPENDED, THROW } from '../../greenlet/state.ts';
import type { Wait } from '../../greenlet/wait.ts';
import { hub } from '../loop/hub.ts';
import { leaveQueue, type Waiter, type Waiting } from '../loop/wait-queue.ts';
import { plugInFailures } from '../reports/plug-in.ts';
import type { Deadline } from './deadline.ts';
import { passedOn, raisedHere, tellWhereRaised } from './where-raised.ts';

// Every program that can suspend has greenlets that may fail.
plugInFailures();

/**
 * The check before every suspension on the hub. Returns false if the greenlet must not park, because it will be resumed with an
 * error instead. In that case too, the caller yields PARK.
 */
export function maySuspend(greenlet: RawGreenlet): boolean {
  if (greenlet.destination !== null) throw takeForgotten(greenlet);
  // Outside a drain no greenlet may park. The trampoline raises the error that says so.
  if (kernel.parkable === false) return false;
  if (greenlet.pending === null) return true;
  slots.deliver(greenlet);
  return false;
}

export function iteratedOutside(operation: { describe(): string }): GreenletError {
  return new GreenletError(
    `${operation.describe()} was iterated outside greenlets: write \`await\` there, and \`yield*\` only in a ` +
      'function* that you pass to spawn() or run()',
  );
}

export abstract class Suspension<T> extends BaseOperation<T> implements Frame<T>, Wait, Waiter {
  done: boolean;
  value: T;
  /** @internal The wait queue it is in. */
  queue: Waiting | null;
  /** @internal */
  before: Waiter | null;
  /** @internal */
  after: Waiter | null;
  /** @internal The waiting greenlet; null while none waits. */
  greenlet: RawGreenlet | null;
  /** Its time limit; null if it has none. */
  protected deadline: Deadline<T> | null;

  constructor() {
    super();
    this.done = false;
    this.value = undefined as T;
    this.queue = null;
    this.before = null;
    this.after = null;
    this.greenlet = null;
    this.deadline = null;
  }

  /** Names what the greenlet waits for, in messages. */
  abstract describe(): string;

  /** @internal The object or the greenlet that it waits at; null if it is none of the library's. */
  at(): object | null {
    return null;
  }

  /** @internal */
  [TEXT](): string {
    return operationText(`${this.greenlet === null ? '' : `${this.greenlet.name} `}waits for ${this.describe()}`);
  }

  /** True if its errors come from elsewhere: a promise, another greenlet. Such errors get the frames of the waiter. */
  protected get isForOthers(): boolean {
    return false;
  }

  /** @internal True if it takes or changes something when it ends: such an end must not be lost. */
  get mayHold(): boolean {
    return false;
  }

  /** Finishes if it can without waiting: sets `value` and returns true, or throws. Otherwise it must change nothing. */
  protected tryNow(): boolean {
    return false;
  }

  /** Like `finishNow()`, for `yield*`. It may begin work that `register()` continues. */
  protected finishOrBegin(): boolean {
    if (this.tryNow()) return true;
    const { deadline } = this;
    if (deadline === null || deadline.timeout > 0) return false;
    this.value = deadline.outcome();
    return true;
  }

  /** @internal Finishes if it can without waiting. Returns true if it has; then `value` is its result. */
  finishNow(): boolean {
    return this.greenlet === null && this.finishOrBegin();
  }

  /** @internal Ends the wait if it can finish now, with a value or an error. Returns whether it has. */
  tryAgain(): boolean {
    try {
      if (!this.tryNow()) return false;
      this.complete(this.value);
    } catch (error) {
      this.fail(error);
    }
    return true;
  }

  /** Begins the wait: registers with the object that will complete it. By default that object knows the wait already. */
  protected register(): void {}

  /** Undoes `register()`. By default it leaves the wait queue. */
  protected unregister(): void {
    leaveQueue(this);
  }

  /** Cancels the wait, so that nothing completes it later. */
  abort(): void {
    if (this.deadline !== null) this.deadline.stop();
    this.unregister();
  }

  /** @internal Called by its deadline when the time is up. */
  expire(deadline: Deadline<T>): void {
    if (this.greenlet !== null) kernel.observer?.timedOut(this.greenlet);
    this.abort();
    try {
      this.complete(deadline.outcome());
    } catch (error) {
      tellWhereRaised(error);
      this.fail(error);
    }
  }

  /**
   * Called when the greenlet is resumed with an error; after `abort()`, if the wait was not over. A wait of a branch may be over
   * even if the error is another one than its own.
   */
  protected cancelled(_error?: unknown): void {}

  /** Called by its wait queue when it is its turn. */
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
    // A greenlet that the hub resumes is SUSPENDED.
    if (greenlet.state !== SUSPENDED) return this.interrupted(greenlet, value);
    return this.resumedWith(value);
  }

  private resumedWith(value: unknown): IteratorResult<Suspend, T> {
    this.greenlet = null;
    this.done = true;
    this.value = value as T;
    return this as unknown as IteratorReturnResult<T>;
  }

  throw(error?: unknown): IteratorResult<Suspend, T> {
    this.withdraw(error);
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

  /** Ends the wait with a value. Does nothing if the wait is already over. */
  protected complete(value: T): void {
    const { deadline, greenlet } = this;
    if (deadline !== null) deadline.stop();
    if (greenlet !== null && greenlet.waiting === this) hub.wake(greenlet, NEXT, value);
  }

  /** Ends the wait with an error. Does nothing if the wait is already over. */
  protected fail(error: unknown): void {
    const { deadline, greenlet } = this;
    if (deadline !== null) deadline.stop();
    if (greenlet !== null && greenlet.waiting === this) hub.wake(greenlet, THROW, error);
  }

  private start(): IteratorResult<Suspend, T> {
    const greenlet = kernel.current;
    if (greenlet === kernel.main) throw iteratedOutside(this);
    if (this.finishOrBegin()) {
      this.done = true;
      return this as unknown as IteratorReturnResult<T>;
    }
    this.greenlet = greenlet;
    if (maySuspend(greenlet)) {
      greenlet.park(this);
      if (this.deadline !== null) this.deadline.start();
      this.register();
    }
    return PARK;
  }

  private withdraw(error?: unknown): void {
    const { greenlet } = this;
    this.greenlet = null;
    if (greenlet === null) return;
    if (greenlet.waiting === this) {
      greenlet.unpark();
      this.abort();
    }
    this.cancelled(error);
  }

  /** It is not this greenlet's turn: the greenlet is looked at, or was resumed by mistake. */
  private interrupted(greenlet: RawGreenlet, value: unknown): IteratorResult<Suspend, T> {
    if (probe.isOn) return reached(PARK, this.next);
    if (greenlet.waiting !== this) return this.resumedWith(value);
    this.withdraw();
    throw new GreenletError(
      `${describe(greenlet)} was resumed while it waits for ${this.describe()}: wait for an operation with \`yield*\` only, ` +
        'and let the hub resume the greenlet',
    );
  }

  /** Creates a copy, for a use of the operation while this one waits. */
  private copy(): Iterator<Suspend, T, unknown> {
    const copy = Object.assign(Object.create(Object.getPrototypeOf(this)), this);
    copy.done = false;
    copy.value = undefined as T;
    copy.queue = null;
    copy.before = null;
    copy.after = null;
    copy.greenlet = null;
    copy.deadline = this.deadline === null ? null : this.deadline.for(copy);
    copy.reset();
    return copy;
  }

  /** Resets the fields that belong to one wait. Called on a copy. */
  protected reset(): void {}
}
