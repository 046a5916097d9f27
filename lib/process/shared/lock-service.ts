import { kernel } from '../../greenlet/kernel.ts';
import type { Coroutine } from '../../greenlet/operation.ts';
import type { AcquireOptions } from '../../sync/acquirable.ts';
import { Lock } from '../../sync/lock.ts';
import { Grant, type Service, type Taker, WAITS } from '../network/maker.ts';
import { network } from '../network/network.ts';

/** The askers check that they hold it, because only they know their greenlets. */
class LockOfOthers extends Lock {
  override heldBy(): boolean {
    return this.locked();
  }
}

/** The object behind a shared Lock or RLock. */
export class LockService implements Service {
  readonly lock = new LockOfOthers();
  /** The holder: its node, or null if there is none, … */
  private node: string | null = null;
  /** … and its number there. */
  private greenlet = 0;
  /** True if a holder has ended without releasing it, and nobody has released it since. */
  isAbandoned = false;

  /** Takes it for a greenlet of this thread. Call this only if it is free. */
  takeNow(greenlet: number): void {
    this.lock.take(kernel.current);
    this.node = network.id;
    this.greenlet = greenlet;
  }

  /** @throws GreenletError if nobody holds it */
  release(): void {
    this.lock.release();
    this.node = null;
    this.isAbandoned = false;
  }

  answer(method: string, _fields: readonly unknown[], taker: Taker): unknown {
    if (method === 'locked') return this.lock.locked();
    if (this.lock.locked()) return WAITS;
    this.lock.take(kernel.current);
    return this.granted(taker);
  }

  *answerLater(_method: string, [options]: readonly unknown[], taker: Taker): Coroutine<unknown> {
    return (yield* this.lock.acquire(options as AcquireOptions | undefined)) ? this.granted(taker) : null;
  }

  order(method: string, _fields: readonly unknown[], taker: Taker): void {
    if (method === 'abandon') {
      if (this.isHeldBy(taker)) this.abandon();
      return;
    }
    this.release();
  }

  leave(node: string): void {
    if (this.node === node) this.abandon();
  }

  /** A waiter of a condition lets go of it for a while. */
  lend(): void {
    this.node = null;
  }

  /** That waiter has it again. */
  regain(taker: Taker): void {
    this.node = taker.node;
    this.greenlet = taker.greenlet;
    // It has ended before it could touch the guarded data.
    if (network.isGone(taker.node)) this.free();
  }

  private granted(taker: Taker): Grant {
    this.regain(taker);
    return new Grant(this.isAbandoned, () => this.giveBack(taker));
  }

  private isHeldBy({ node, greenlet }: Taker): boolean {
    return this.node === node && this.greenlet === greenlet;
  }

  private giveBack(taker: Taker): void {
    if (this.isHeldBy(taker)) this.free();
  }

  private abandon(): void {
    this.isAbandoned = true;
    this.free();
  }

  private free(): void {
    this.node = null;
    this.lock.release();
  }
}
