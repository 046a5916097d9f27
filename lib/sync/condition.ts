import { GreenletError } from '../greenlet/errors.ts';
import { kernel } from '../greenlet/kernel.ts';
import { type Coroutine, type Operation, operation } from '../greenlet/operation.ts';
import { line, Shown, TEXT, waitText } from '../greenlet/shown.ts';
import { shield } from '../hub/cancellation/shield.ts';
import { checkedCount, checkedFunction, checkedTimeout, type TimeoutOption } from '../hub/checks/checks.ts';
import { checkedOptions, TIMEOUT } from '../hub/checks/options.ts';
import { getHub } from '../hub/loop/hub.ts';
import { WaitQueue } from '../hub/loop/wait-queue.ts';
import { callAndSettle, type Settled } from '../hub/parking/body.ts';
import { TimedSuspension } from '../hub/parking/suspension.ts';
import { ownerOf } from '../hub/tasks/owner.ts';
import { Exclusive } from './exclusive.ts';
import { nameOf } from './named.ts';
import { RLock } from './rlock.ts';

/**
 * Waiting, with a lock held, until something that the lock guards has changed. `wait()` gives the lock up, waits for a
 * `notify()`, and has the lock again when it goes on, also when it is cancelled or its time is up.
 *
 * @example
 * const changed = new Condition();
 * function* take() {
 *   using _ = yield* changed.lock.hold();
 *   yield* changed.waitFor(() => stock > 0);
 *   stock -= 1;
 * }
 * function* add() {
 *   using _ = yield* changed.lock.hold();
 *   stock += 1;
 *   changed.notify();
 * }
 */
export class Condition extends Shown {
  /** What messages call it. */
  name = nameOf('Condition');
  /** The lock that is to be held. */
  readonly lock: Exclusive;
  private readonly waiters = new WaitQueue<Notified>();

  /**
   * @param lock a Lock or an RLock; an RLock of its own unless given
   * @throws TypeError for anything else
   */
  constructor(lock: Exclusive = new RLock()) {
    super();
    if (!(lock instanceof Exclusive)) throw new TypeError(`a Condition takes a Lock or an RLock, not ${typeof lock}`);
    this.lock = lock;
  }

  /** @internal */
  [TEXT](): string {
    return line('Condition', this.name, `of ${this.lock.name}`, waitText(this.waiters));
  }

  /**
   * Gives the lock up, waits for a notification, and acquires the lock again. In line with others, a notification is
   * for the first who waits. One that has reached the waiter is not lost when it is killed: it then goes on, with the
   * lock, up to its next suspension.
   *
   * @param options `timeout` in milliseconds, not counting the time to acquire the lock again; with 0 the lock is kept
   * @returns an operation for true, or false when the time was up first
   * @throws GreenletError when the caller does not hold the lock
   */
  wait(options?: TimeoutOption): Operation<boolean> {
    const timeout = checkedTimeout(checkedOptions(options, TIMEOUT, 'condition.wait()'));
    return operation(() => this.waiting(timeout), 'wait()');
  }

  /**
   * Waits until a condition holds: looks at once, and again after each notification.
   *
   * @param predicate called with the lock held; what is truthy ends the wait. A function* may block
   * @param options `timeout` in milliseconds for the whole
   * @returns an operation for what the predicate gave last: something falsy when the time was up first
   * @throws GreenletError when the caller does not hold the lock; what the predicate throws
   */
  waitFor<R>(predicate: () => R, options?: TimeoutOption): Operation<Settled<R>> {
    checkedFunction(predicate, 'waitFor()');
    const timeout = checkedTimeout(checkedOptions(options, TIMEOUT, 'condition.waitFor()'));
    return operation(() => this.waitingFor(predicate, timeout), 'waitFor()');
  }

  /**
   * Wakes the first who wait; each goes on when it has the lock.
   *
   * @param count how many
   * @throws GreenletError when the caller does not hold the lock; RangeError unless count is a whole number, 0 or more
   */
  notify(count = 1): void {
    const most = checkedCount(count);
    this.checkHeld('notify()');
    for (let notified = 0; notified < most; notified += 1) {
      const waiter = this.waiters.shift();
      if (waiter === null) return;
      waiter.notify();
    }
  }

  /**
   * Wakes all who wait.
   *
   * @throws GreenletError when the caller does not hold the lock
   */
  notifyAll(): void {
    this.notify(Infinity);
  }

  /** @internal */
  enqueue(waiter: Notified): void {
    this.waiters.push(waiter);
  }

  private *waiting(timeout: number): Coroutine<boolean> {
    this.checkHeld('wait()');
    if (timeout === 0) return false;
    const { lock } = this;
    // In line before the lock is given up: who gets the lock now may notify.
    const notified = new Notified(this, timeout);
    try {
      return yield* notified;
    } finally {
      if (notified.depth > 0) {
        const owner = ownerOf(kernel.current);
        if (lock.lockedFor(owner)) yield* shield(lock.acquire());
        else lock.take(owner);
        lock.regain(notified.depth);
        // A branch of a race() that was decided meanwhile has no use for its notification.
        const { branching, pending } = kernel.current;
        if (branching !== null && pending !== null && notified.wasNotified) this.waiters.shift()?.notify();
      }
    }
  }

  private *waitingFor<R>(predicate: () => R, timeout: number): Coroutine<Settled<R>> {
    this.checkHeld('waitFor()');
    const end = getHub().now() + timeout;
    for (;;) {
      const result = (yield* callAndSettle(predicate)) as Settled<R>;
      if (result) return result;
      const left = end - getHub().now();
      if (!(left > 0)) return result;
      yield* this.waiting(left);
    }
  }

  private checkHeld(call: string): void {
    if (this.lock.heldBy(kernel.current)) return;
    throw new GreenletError(`${call} of ${this.name} needs its lock: acquire ${this.lock.name} first`);
  }
}

/** Waits for a notification, with the lock given up. */
class Notified extends TimedSuspension<boolean> {
  /** How often the lock had been acquired; 0 as long as it was not given up. */
  depth = 0;
  wasNotified = false;
  private readonly condition: Condition;

  constructor(condition: Condition, timeout: number) {
    super({ timeout });
    this.condition = condition;
  }

  describe(): string {
    return `a notification of ${this.condition.name}`;
  }

  protected tryNow(): boolean {
    return false;
  }

  protected enqueue(): void {
    this.condition.enqueue(this);
    this.depth = this.condition.lock.yieldHold();
  }

  protected timedOut(): boolean {
    return false;
  }

  override notify(): void {
    this.wasNotified = true;
    this.complete(true);
  }
}
