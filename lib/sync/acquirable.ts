import { kernel } from '../greenlet/kernel.ts';
import { type Operation, operation } from '../greenlet/operation.ts';
import type { RawGreenlet } from '../greenlet/raw-greenlet.ts';
import { checkedTimeout, type TimeoutOption } from '../hub/checks.ts';
import { MainWait } from '../hub/main-wait.ts';
import { ownerOf } from '../hub/owner.ts';
import { TakingSuspension } from '../hub/taking.ts';
import { type Waiter, WaitQueue } from '../hub/wait-queue.ts';
import type { Waitable } from '../hub/waitable.ts';
import { nameOf } from './named.ts';

/** How to acquire. */
export interface AcquireOptions extends TimeoutOption {
  /** False takes it only if it is free now, as `timeout: 0` does. */
  blocking?: boolean;
}

/**
 * What locks and semaphores share. What is released goes to the first who waits, directly, so that nobody who comes
 * later can take it first (no barging), and a waiter that is cancelled holds nothing.
 */
export abstract class Acquirable implements Waitable {
  /** What messages call it. */
  name: string;
  protected readonly waiters = new WaitQueue<Acquire>();
  private readonly watchers = new WaitQueue();

  constructor(kind: string) {
    this.name = nameOf(kind);
  }

  /** True when `acquire()` would have to wait. */
  abstract locked(): boolean;

  /** @internal True when this greenlet would have to wait for it. */
  lockedFor(_greenlet: RawGreenlet): boolean {
    return this.locked();
  }

  /** @internal Takes it for a greenlet; only called when it is not locked for it. */
  abstract take(greenlet: RawGreenlet): void;

  /** @internal Those who hold it, as far as that is known. */
  abstract holders(): readonly RawGreenlet[];

  /** Gives it back. */
  abstract release(): void;

  /** True when it can be acquired without waiting. */
  ready(): boolean {
    return !this.locked();
  }

  /**
   * Waits for it and takes it, first come, first served.
   *
   * @param options `timeout` in milliseconds; `blocking: false` does not wait
   * @returns an operation for true, or false when it was not to be had in time
   */
  acquire(options?: AcquireOptions): Operation<boolean> {
    checkedTimeout(options);
    return new Acquire(this, options?.blocking === false ? { timeout: 0 } : options);
  }

  /**
   * Takes it for a block of code.
   *
   * @returns an operation for an object that releases it when it is disposed of
   *
   * @example
   * using _ = yield* lock.hold();
   */
  hold(): Operation<Disposable> {
    return operation(() => holding(this));
  }

  /** @internal */
  watch(waiter: Waiter): void {
    this.watchers.push(waiter);
  }

  /** @internal */
  enqueue(acquire: Acquire): void {
    this.waiters.push(acquire);
  }

  /** Passes what was released on: to the first waiter, or to nobody. */
  protected handOver(): void {
    while (!this.locked()) {
      const acquire = this.waiters.shift();
      if (acquire === null) {
        this.watchers.notifyAll();
        return;
      }
      this.grant(acquire);
    }
  }

  /** Gives it to one who has left the line. */
  protected grant(acquire: Acquire): void {
    acquire.grant();
  }
}

function* holding(lock: Acquirable) {
  yield* lock.acquire();
  let held = true;
  return {
    [Symbol.dispose](): void {
      if (held) lock.release();
      held = false;
    },
  };
}

/** Main holds on to what it awaited, though the wait for it has ended. */
function isGone(greenlet: RawGreenlet): boolean {
  return greenlet.dead && !(greenlet instanceof MainWait);
}

export class Acquire extends TakingSuspension<boolean> {
  private readonly lock: Acquirable;

  constructor(lock: Acquirable, options: TimeoutOption | undefined) {
    super(options);
    this.lock = lock;
  }

  describe(): string {
    const holders = this.lock.holders().map((greenlet) => greenlet.name + (isGone(greenlet) ? ', which is dead' : ''));
    return holders.length === 0 ? this.lock.name : `${this.lock.name}, held by ${holders.join(' and ')}`;
  }

  override blockers(): Iterable<RawGreenlet> {
    return this.lock.holders();
  }

  /** Who waits. */
  get waiter(): RawGreenlet {
    return this.greenlet as RawGreenlet;
  }

  /** Takes the lock for the greenlet that waits, and wakes it. */
  grant(): void {
    this.lock.take(ownerOf(this.greenlet as RawGreenlet));
    this.complete(true);
  }

  protected tryNow(): boolean {
    const taker = ownerOf(this.greenlet ?? kernel.current);
    if (this.lock.lockedFor(taker)) return false;
    this.lock.take(taker);
    this.value = true;
    return true;
  }

  protected enqueue(): void {
    this.lock.enqueue(this);
  }

  protected timedOut(): boolean {
    return false;
  }
}
