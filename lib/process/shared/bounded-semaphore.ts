import { kernel } from '../../greenlet/kernel.ts';
import { type Coroutine, type Operation, operation } from '../../greenlet/operation.ts';
import { identityOf } from '../../hub/tasks/owner.ts';
import type { AcquireOptions } from '../../sync/acquirable.ts';
import { BoundedSemaphore as LocalSemaphore } from '../../sync/bounded-semaphore.ts';
import { Grant, type Taker } from '../network/maker.ts';
import { network } from '../network/network.ts';
import { type Holdable, hold } from './holdings.ts';
import { Semaphore, SemaphoreService } from './semaphore.ts';
import { type Known, shares } from './shared.ts';

/** The object behind a shared BoundedSemaphore. It knows who has a permit, so that permits come back. */
class BoundedSemaphoreService extends SemaphoreService {
  private holders: Taker[] = [];

  override order(method: string, _fields: readonly unknown[], taker: Taker): void {
    if (method === 'abandon') {
      this.giveBackAll((holder) => isSame(holder, taker));
      return;
    }
    this.semaphore.release();
    // Anybody may return a permit. It counts as the caller's own, if the caller has one.
    const own = this.holders.findIndex((holder) => isSame(holder, taker));
    this.holders.splice(Math.max(0, own), 1);
  }

  leave(node: string): void {
    this.giveBackAll((holder) => holder.node === node);
  }

  protected override granted(taker: Taker): Grant {
    this.holders.push(taker);
    if (network.isGone(taker.node)) this.leave(taker.node);
    return new Grant(true, () => this.giveBack(taker));
  }

  private giveBack(taker: Taker): void {
    const own = this.holders.findIndex((holder) => isSame(holder, taker));
    if (own < 0) return;
    this.holders.splice(own, 1);
    this.semaphore.release();
  }

  private giveBackAll(isGone: (holder: Taker) => boolean): void {
    const gone = this.holders.filter(isGone);
    this.holders = this.holders.filter((holder) => !isGone(holder));
    for (const _ of gone) this.semaphore.release();
  }
}

function isSame(a: Taker, b: Taker): boolean {
  return a.node === b.node && a.greenlet === b.greenlet;
}

/**
 * A semaphore for greenlets of all threads and processes that never has more permits than at the start. Permits of a greenlet,
 * thread or process that ends come back. One `release()` too many is reported to `getHub().handleError`.
 */
export class BoundedSemaphore extends Semaphore implements Holdable {
  /**
   * @param value the number of permits, both at the start and at most
   * @throws RangeError unless `value` is a whole number, at least 0
   */
  constructor(value?: number);
  /** @internal */
  constructor(known: Known);
  constructor(value: number | Known = 1) {
    super(value as Known, 'BoundedSemaphore');
  }

  override acquire(options?: AcquireOptions): Operation<boolean> {
    const acquire = super.acquire(options);
    return operation(() => this.acquiring(acquire), 'acquire()');
  }

  /** Returns a permit. It goes to the first waiter. One too many is reported to `getHub().handleError`. */
  override release(): void {
    this.order('release', [], true);
  }

  /** @internal Only the semaphore itself knows. */
  isHeldBy(_greenlet: number): boolean {
    return true;
  }

  /** @internal */
  abandon(greenlet: number): void {
    this.tellEnd(greenlet);
  }

  private *acquiring(acquire: Operation<boolean>): Coroutine<boolean> {
    const isTaken = yield* acquire;
    if (isTaken) hold(identityOf(kernel.current), this);
    return isTaken;
  }
}

shares('BoundedSemaphore', BoundedSemaphore, (value: number) => new BoundedSemaphoreService(new LocalSemaphore(value)));
