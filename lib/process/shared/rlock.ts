import { describe } from '../../greenlet/describe.ts';
import { GreenletError } from '../../greenlet/errors.ts';
import { kernel } from '../../greenlet/kernel.ts';
import type { Coroutine } from '../../greenlet/operation.ts';
import type { AcquireOptions } from '../../sync/acquirable.ts';
import { Exclusive } from './exclusive.ts';
import { LockService } from './lock-service.ts';
import { type Known, shares } from './shared.ts';

/**
 * A reentrant lock for greenlets of all threads and processes: its holder may acquire it again, and must release it as many times.
 * Only its holder may release it. If the holder ends, the lock goes to the next waiter, and `abandoned` is true for it.
 *
 * @example
 * using outer = yield* lock.hold();
 * using inner = yield* lock.hold(); // does not wait
 */
export class RLock extends Exclusive {
  /** How many acquires the holder has not released. */
  private depth = 0;

  constructor();
  /** @internal */
  constructor(known: Known);
  constructor(known?: Known) {
    super('RLock', known);
  }

  /**
   * Undoes one `acquire()`. The last release hands the lock to the first waiter.
   *
   * @throws GreenletError if the running greenlet does not hold it
   */
  release(): void {
    if (!this.heldHere()) {
      throw new GreenletError(
        `${this.name} is not held by ${describe(kernel.current)}: only its holder may release an RLock ` +
          '(any greenlet may release a Lock)',
      );
    }
    this.depth -= 1;
    if (this.depth === 0) this.releaseNow();
  }

  /** @internal */
  override abandon(greenlet: number): void {
    this.depth = 0;
    super.abandon(greenlet);
  }

  /** @internal */
  override lend(): number {
    const { depth } = this;
    this.depth = 0;
    super.lend();
    return depth;
  }

  /** @internal */
  override regain(depth: number): void {
    super.regain(depth);
    this.depth = depth;
  }

  /** @internal */
  override takeNow(): boolean {
    if (!this.heldHere() && !super.takeNow()) return false;
    this.depth += 1;
    return true;
  }

  /** @internal */
  override *acquiring(options?: AcquireOptions): Coroutine<boolean> {
    if (!(yield* super.acquiring(options))) return false;
    this.depth += 1;
    return true;
  }
}

shares('RLock', RLock, () => new LockService());
