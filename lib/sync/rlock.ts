import { describe } from '../greenlet/describe.ts';
import { GreenletError } from '../greenlet/errors.ts';
import { kernel } from '../greenlet/kernel.ts';
import type { RawGreenlet } from '../greenlet/raw-greenlet.ts';
import { isOfMain } from '../hub/tasks/owner.ts';
import { Acquiring } from './acquirable.ts';
import { Exclusive } from './exclusive.ts';

/**
 * A lock that its holder may acquire again, and has to release as often. Only its holder may release it. Main code
 * outside greenlets counts as one holder.
 *
 * @example
 * const lock = new RLock();
 * function* transfer(from: Account, to: Account) {
 *   using _ = yield* lock.hold();
 *   yield* withdraw(from); // takes the same lock, and does not wait for itself
 *   yield* deposit(to);
 * }
 */
export class RLock extends Exclusive {
  constructor() {
    super('RLock');
  }

  /**
   * Undoes one `acquire()`; the last one gives the lock to the first who waits, or sets it free.
   *
   * @throws GreenletError when nobody holds it, or somebody else than the caller
   */
  release(): void {
    if (this.holder !== null && !this.heldBy(kernel.current)) {
      throw new GreenletError(
        `${this.name} is held by ${describe(this.holder)} and cannot be released by ${describe(kernel.current)}: ` +
          'only who holds an RLock may release it (anybody may release a Lock)',
      );
    }
    this.releaseOnce();
  }

  /** Others in line may act for who has it now: they have it, too. */
  protected override grant(acquire: Acquiring<unknown>): void {
    const { waiter } = acquire;
    super.grant(acquire);
    for (const other of this.waitersWith(waiter)) {
      this.waiters.remove(other);
      super.grant(other);
    }
  }

  /** Those in line that act for the same one as `waiter`. */
  private waitersWith(waiter: RawGreenlet): Acquiring<unknown>[] {
    if (waiter.branching === null) return isOfMain(waiter) ? [...this.waiters].filter((it) => isOfMain(it.waiter)) : [];
    return [...waiter.branching.alive()]
      .map((sibling) => sibling.waiting)
      .filter((wait): wait is Acquiring<unknown> => wait instanceof Acquiring && wait.queue === this.waiters);
  }

  /** @internal */
  override lockedFor(greenlet: RawGreenlet): boolean {
    return this.locked() && !this.heldBy(greenlet);
  }
}
