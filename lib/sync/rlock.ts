import { describe } from '../greenlet/describe.ts';
import { GreenletError } from '../greenlet/errors.ts';
import { kernel } from '../greenlet/kernel.ts';
import type { RawGreenlet } from '../greenlet/raw-greenlet.ts';
import { isAside } from '../hub/parking/taking.ts';
import { isOfMain } from '../hub/tasks/owner.ts';
import { Acquiring } from './acquirable.ts';
import { Exclusive } from './exclusive.ts';

/**
 * A reentrant lock: its holder may acquire it again, and must release it as many times. Only its holder may release it.
 * All code in main, outside greenlets, counts as one holder.
 *
 * @example
 * const lock = new RLock();
 * function* transfer(from: Account, to: Account) {
 *   using _ = yield* lock.hold();
 *   yield* withdraw(from); // acquires the same lock again without blocking
 *   yield* deposit(to);
 * }
 */
export class RLock extends Exclusive {
  constructor() {
    super('RLock');
  }

  /**
   * Undoes one `acquire()`. The last release hands the lock to the first waiter, if there is one.
   *
   * @throws GreenletError if the caller does not hold the lock
   */
  release(): void {
    if (this.holder !== null && !this.heldBy(kernel.current)) {
      throw new GreenletError(
        `${this.name} is held by ${describe(this.holder)} and cannot be released by ${describe(kernel.current)}: ` +
          'only its holder may release an RLock (any greenlet may release a Lock)',
      );
    }
    this.releaseOnce();
  }

  /** Grants it also to every other waiter with the same owner, since that owner now holds the lock. */
  protected override grant(acquire: Acquiring<unknown>): void {
    const { waiter } = acquire;
    super.grant(acquire);
    for (const other of this.waitersWith(waiter)) {
      this.waiters.remove(other);
      super.grant(other);
    }
  }

  /** The waiters with the same owner as `waiter`. */
  private waitersWith(waiter: RawGreenlet): Acquiring<unknown>[] {
    if (waiter.branching === null) return isOfMain(waiter) ? [...this.waiters].filter((it) => isOfMain(it.waiter)) : [];
    return [...waiter.branching.alive()]
      .map((sibling) => sibling.waiting)
      .filter(
        (wait): wait is Acquiring<unknown> =>
          wait instanceof Acquiring && wait.queue === this.waiters && !isAside(wait),
      );
  }

  /** @internal */
  override lockedFor(greenlet: RawGreenlet): boolean {
    return this.locked() && !this.heldBy(greenlet);
  }
}
