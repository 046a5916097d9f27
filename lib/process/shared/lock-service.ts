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
  private holder: Taker | null = null;
  /** True if a holder has ended without releasing it, and nobody has released it since. */
  isAbandoned = false;

  /** Takes it for a greenlet of this thread. Call this only if it is free. */
  takeNow(greenlet: number): void {
    this.lock.take(kernel.current);
    this.holder = { node: network.id, greenlet };
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
    this.lock.release();
    this.holder = null;
    this.isAbandoned = false;
  }

  release(node: string): void {
    if (this.holder?.node === node) this.abandon();
  }

  /** A waiter of a condition lets go of it for a while. */
  lend(): void {
    this.holder = null;
  }

  /** That waiter has it again. */
  regain(taker: Taker): void {
    this.holder = taker;
    if (network.isGone(taker.node)) this.abandon();
  }

  private granted(taker: Taker): Grant {
    this.regain(taker);
    return new Grant(this.isAbandoned, () => this.giveBack(taker));
  }

  private isHeldBy({ node, greenlet }: Taker): boolean {
    return this.holder?.node === node && this.holder.greenlet === greenlet;
  }

  private giveBack(taker: Taker): void {
    if (this.isHeldBy(taker)) this.free();
  }

  private abandon(): void {
    this.isAbandoned = true;
    this.free();
  }

  private free(): void {
    this.holder = null;
    this.lock.release();
  }
}
