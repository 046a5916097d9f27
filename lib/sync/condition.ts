import { GreenletError } from '../greenlet/errors.ts';
import { kernel } from '../greenlet/kernel.ts';
import { type Coroutine, type Operation, operation } from '../greenlet/operation.ts';
import { line, Shown, TEXT, waitText } from '../greenlet/shown.ts';
import { shield } from '../hub/cancellation/shield.ts';
import { checkedCount, checkedFunction, checkedTimeout, type TimeoutOption } from '../hub/checks/checks.ts';
import { checkedOptions, TIMEOUT } from '../hub/checks/options.ts';
import { hub } from '../hub/loop/hub.ts';
import { WaitQueue } from '../hub/loop/wait-queue.ts';
import { callAndSettle, type Settled } from '../hub/parking/body.ts';
import { deadlineOf } from '../hub/parking/deadline.ts';
import { Suspension } from '../hub/parking/suspension.ts';
import { ownerOf } from '../hub/tasks/owner.ts';
import { Exclusive } from './exclusive.ts';
import { nameOf } from './named.ts';
import { RLock } from './rlock.ts';

/**
 * Lets greenlets wait for a change to state that a lock guards. `wait()` releases the lock, waits for `notify()`, and
 * acquires the lock again before it returns, even if it was cancelled or timed out.
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
  /** Its name in messages. */
  name = nameOf('Condition');
  /** The lock that guards the state. Hold it when you call any method. */
  readonly lock: Exclusive;
  private readonly waiters = new WaitQueue<Notified>();

  /**
   * @param lock a Lock or an RLock; by default a new RLock
   * @throws TypeError if `lock` is anything else
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
   * Releases the lock, waits for a notification, and acquires the lock again. Waiters are notified in the order in
   * which they came. A kill does not lose a notification that has reached the waiter: the waiter continues, with the
   * lock, until its next suspension.
   *
   * @param options `timeout` in milliseconds, without the time to acquire the lock again; with 0 the lock is kept
   * @returns an operation that gives true, or false if the timeout passed first
   * @throws GreenletError if the caller does not hold the lock
   */
  wait(options?: TimeoutOption): Operation<boolean> {
    const timeout = checkedTimeout(checkedOptions(options, TIMEOUT, 'condition.wait()'));
    return operation(() => this.waiting(timeout), 'wait()');
  }

  /**
   * Waits until a predicate is true. It is called at once, and again after each notification.
   *
   * @param predicate called with the lock held; a truthy result ends the wait. A function* may block
   * @param options `timeout` in milliseconds for the whole wait
   * @returns an operation that gives the predicate's last result, which is falsy if the timeout passed first
   * @throws GreenletError if the caller does not hold the lock; any error of the predicate
   */
  waitFor<R>(predicate: () => R, options?: TimeoutOption): Operation<Settled<R>> {
    checkedFunction(predicate, 'waitFor()');
    const timeout = checkedTimeout(checkedOptions(options, TIMEOUT, 'condition.waitFor()'));
    return operation(() => this.waitingFor(predicate, timeout), 'waitFor()');
  }

  /**
   * Wakes the first `count` waiters. Each continues once it has the lock.
   *
   * @param count how many waiters to wake
   * @throws GreenletError if the caller does not hold the lock; RangeError unless `count` is a whole number, at least 0
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
   * Wakes all waiters. Each continues once it has the lock.
   *
   * @throws GreenletError if the caller does not hold the lock
   */
  notifyAll(): void {
    this.notify(Infinity);
  }

  /** @internal Gives a notification that its waiter cannot use to the next one. */
  passOn(): void {
    this.waiters.shift()?.notify();
  }

  /** @internal */
  enqueue(waiter: Notified): void {
    this.waiters.push(waiter);
  }

  private *waiting(timeout: number): Coroutine<boolean> {
    this.checkHeld('wait()');
    if (timeout === 0) return false;
    const { lock } = this;
    // Join the waiters before releasing the lock: the lock's next owner may notify at once.
    const notified = new Notified(this, timeout);
    try {
      return yield* notified;
    } finally {
      if (notified.depth > 0) {
        const owner = ownerOf(kernel.current);
        if (lock.lockedFor(owner)) yield* shield(lock.acquire());
        else lock.take(owner);
        lock.regain(notified.depth);
        // If this is a loser of a race() that has been decided, pass its notification to the next waiter.
        const { branching, pending } = kernel.current;
        if (branching !== null && pending !== null && notified.wasNotified) this.passOn();
      }
    }
  }

  private *waitingFor<R>(predicate: () => R, timeout: number): Coroutine<Settled<R>> {
    this.checkHeld('waitFor()');
    return yield* waitUntil(predicate, timeout, (left) => this.waiting(left));
  }

  private checkHeld(call: string): void {
    if (this.lock.heldBy(kernel.current)) return;
    throw new GreenletError(`${call} of ${this.name} requires its lock: acquire ${this.lock.name} first`);
  }
}

/**
 * Calls a predicate until its result is truthy or the time is up, and waits between the calls.
 *
 * @param timeout milliseconds in all
 * @param wait waits for a notification, for as many milliseconds as are left
 * @returns the last result
 */
export function* waitUntil<R>(
  predicate: () => R,
  timeout: number,
  wait: (left: number) => Coroutine<boolean>,
): Coroutine<Settled<R>> {
  const end = hub.now() + timeout;
  for (;;) {
    const result = (yield* callAndSettle(predicate)) as Settled<R>;
    if (result) return result;
    const left = end - hub.now();
    if (!(left > 0)) return result;
    yield* wait(left);
  }
}

/** Waits for a notification while the lock is released. */
class Notified extends Suspension<boolean> {
  /** How many times the lock had been acquired; 0 until it is released. */
  depth = 0;
  wasNotified = false;
  private readonly condition: Condition;

  constructor(condition: Condition, timeout: number) {
    super();
    this.deadline = deadlineOf(this, { timeout });
    this.condition = condition;
  }

  override at(): object {
    return this.condition;
  }

  describe(): string {
    return `a notification of ${this.condition.name}`;
  }

  protected override register(): void {
    this.condition.enqueue(this);
    this.depth = this.condition.lock.yieldHold();
  }

  timedOut(): boolean {
    return false;
  }

  override notify(): void {
    this.wasNotified = true;
    this.complete(true);
  }
}
