import { type Coroutine, type Operation, operation } from '../../greenlet/operation.ts';
import { checkedCount, checkedFunction, checkedTimeout, type TimeoutOption } from '../../hub/checks/checks.ts';
import { checkedOptions, TIMEOUT } from '../../hub/checks/options.ts';
import type { Settled } from '../../hub/parking/body.ts';
import { Condition as LocalCondition, waitUntil } from '../../sync/condition.ts';
import { Grant, type Service, serviceOf, type Taker, WAITS } from '../network/maker.ts';
import { restored, TRAVEL } from '../travel/shareable.ts';
import { Exclusive } from './exclusive.ts';
import { LockService } from './lock-service.ts';
import { RLock } from './rlock.ts';
import { Known, Shared, shares } from './shared.ts';

/** The object behind a shared Condition. */
class ConditionService implements Service {
  private readonly lock: LockService;
  private readonly condition: LocalCondition;

  constructor(lock: string) {
    const service = serviceOf(lock);
    if (!(service instanceof LockService)) throw new ReferenceError(`there is no shared lock ${lock} in this process`);
    this.lock = service;
    this.condition = new LocalCondition(service.lock);
  }

  answer(): unknown {
    return WAITS;
  }

  *answerLater(_method: string, [options]: readonly unknown[], taker: Taker): Coroutine<unknown> {
    this.lock.lend();
    let isNotified: boolean;
    try {
      isNotified = yield* this.condition.wait(options as TimeoutOption);
    } finally {
      this.lock.regain(taker);
    }
    return isNotified ? new Grant(true, () => this.condition.passOn()) : false;
  }

  order(_method: string, [count]: readonly unknown[]): void {
    this.condition.notify(count as number);
  }
}

/**
 * Lets greenlets of all threads and processes wait for a change to state that a lock guards. `wait()` releases the lock, waits for
 * `notify()`, and acquires the lock again before it returns, even if it was cancelled or timed out.
 */
export class Condition extends Shared {
  /** The lock that guards the state. Hold it when you call any method. */
  readonly lock: Exclusive;

  /**
   * @param lock a Lock or an RLock of this module; by default a new RLock
   * @throws TypeError if `lock` is anything else
   */
  constructor(lock?: Exclusive);
  /** @internal */
  constructor(known: Known);
  constructor(given: Exclusive | Known = new RLock()) {
    const lock = given instanceof Known ? (restored(given.fields[0] as never) as Exclusive) : given;
    if (!(lock instanceof Exclusive)) {
      throw new TypeError(`a Condition takes a Lock or an RLock of greenhub/process, not ${typeof lock}`);
    }
    super('Condition', given instanceof Known ? given : undefined, [lock.offered()], lock.maker);
    this.lock = lock;
  }

  /**
   * Releases the lock, waits for a notification, and acquires the lock again. A kill does not lose a notification that has reached
   * the waiter: the waiter continues, with the lock, until its next suspension.
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
   * @throws GreenletError if the caller does not hold the lock; RangeError unless `count` is a whole number, at least 0
   */
  notify(count = 1): void {
    const most = checkedCount(count);
    this.lock.checkHeld(`notify() of ${this.name}`);
    this.order('notify', [most]);
  }

  /** Wakes all waiters. Each continues once it has the lock. */
  notifyAll(): void {
    this.notify(Infinity);
  }

  protected override fixed(): readonly unknown[] {
    return [this.lock[TRAVEL]()];
  }

  private *waiting(timeout: number): Coroutine<boolean> {
    this.lock.checkHeld(`wait() of ${this.name}`);
    if (timeout === 0) return false;
    const lent = this.lock.lend();
    try {
      return yield* this.askSurely<boolean>('wait', () => [{ timeout }]);
    } finally {
      this.lock.regain(lent);
    }
  }

  private *waitingFor<R>(predicate: () => R, timeout: number): Coroutine<Settled<R>> {
    this.lock.checkHeld(`waitFor() of ${this.name}`);
    return yield* waitUntil(predicate, timeout, (left) => this.waiting(left));
  }
}

shares('Condition', Condition, (lock: string) => new ConditionService(lock));
