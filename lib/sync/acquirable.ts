/// <reference lib="esnext.disposable" preserve="true" />
import { kernel } from '../greenlet/kernel.ts';
import type { Operation } from '../greenlet/operation.ts';
import type { RawGreenlet } from '../greenlet/raw-greenlet.ts';
import { line, Shown, TEXT, waitText } from '../greenlet/shown.ts';
import { checkedTimeout, type TimeoutOption } from '../hub/checks/checks.ts';
import { checkedOptions, type OptionNames, refuseOptions } from '../hub/checks/options.ts';
import { MainWait } from '../hub/loop/main-wait.ts';
import { type Waiter, WaitQueue } from '../hub/loop/wait-queue.ts';
import { deadlineOf } from '../hub/parking/deadline.ts';
import { Prompt } from '../hub/parking/prompt.ts';
import { Suspension } from '../hub/parking/suspension.ts';
import { standInLine } from '../hub/parking/taking.ts';
import type { Waitable } from '../hub/parking/waitable.ts';
import { ownerOf } from '../hub/tasks/owner.ts';
import { Held } from './held.ts';
import { nameOf } from './named.ts';

/** Options of `acquire()`. */
export interface AcquireOptions extends TimeoutOption {
  /** With `false`, `acquire()` does not wait: it succeeds only if the lock is free now, as with `timeout: 0`. */
  blocking?: boolean | undefined;
}

export const ACQUIRE_OPTIONS: OptionNames<AcquireOptions> = { timeout: 'number', blocking: 'boolean' };

/**
 * The base class of locks and semaphores. `release()` hands the lock directly to the first waiter, so a later greenlet
 * cannot take it first (no barging). A cancelled waiter holds nothing.
 */
export abstract class Acquirable extends Shown implements Waitable {
  /** Its name in messages. */
  name: string;
  protected readonly waiters = new WaitQueue<Acquiring<unknown>>();
  private readonly watchers = new WaitQueue();

  constructor(kind: string) {
    super();
    this.name = nameOf(kind);
  }

  /** @internal */
  [TEXT](): string {
    return line(this.constructor.name, this.name, this.holdText(), waitText(this.waiters));
  }

  /** Describes the holder, or how many permits are free. */
  protected abstract holdText(): string;

  /** True when `acquire()` would have to wait. */
  abstract locked(): boolean;

  /** @internal True when this greenlet would have to wait. */
  lockedFor(_greenlet: RawGreenlet): boolean {
    return this.locked();
  }

  /** @internal Takes it for a greenlet. Call this only when `lockedFor()` is false. */
  abstract take(greenlet: RawGreenlet): void;

  /** @internal The greenlets known to hold it. */
  abstract holders(): readonly RawGreenlet[];

  /** Releases it. */
  abstract release(): void;

  /** True when it can be acquired without waiting. */
  ready(): boolean {
    return !this.locked();
  }

  /**
   * Waits until it is free and takes it. Waiters are served in the order in which they came.
   *
   * @param options `timeout` in milliseconds; `blocking: false` does not wait
   * @returns an operation that gives true, or false if the timeout passed first
   */
  acquire(options?: AcquireOptions): Operation<boolean> {
    if (options === undefined) return this.locked() ? new Acquire(this, undefined) : new PromptAcquire(this);
    checkedTimeout(checkedOptions(options, ACQUIRE_OPTIONS, 'lock.acquire()'));
    return new Acquire(this, options.blocking === false ? { timeout: 0 } : options);
  }

  /**
   * Acquires it for a block of code.
   *
   * @returns an operation that gives an object, which releases the lock when it is disposed
   *
   * @example
   * using _ = yield* lock.hold();
   */
  hold(): Operation<Disposable>;
  hold(extra?: unknown): Operation<Disposable> {
    if (extra !== undefined) refuseOptions(extra, 'lock.hold()', 'withTimeout(ms, lock.hold())');
    return this.locked() ? new Hold(this) : new PromptHold(this);
  }

  /** @internal */
  watch(waiter: Waiter): void {
    this.watchers.push(waiter);
  }

  /** @internal */
  enqueue(acquire: Acquiring<unknown>): void {
    standInLine(acquire, this.waiters);
  }

  /** Hands what was released to the first waiter, if there is one. */
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

  /** Gives it to a waiter that has left the queue. */
  protected grant(acquire: Acquiring<unknown>): void {
    acquire.grant();
  }
}

/** The names of a lock's holders. */
export function namesOf(holders: readonly RawGreenlet[]): string {
  return holders.map((greenlet) => greenlet.name + (isGone(greenlet) ? ', which is dead' : '')).join(' and ');
}

/** A `MainWait` is dead once its wait has ended, but main still holds the lock it awaited. */
function isGone(greenlet: RawGreenlet): boolean {
  return greenlet.dead && !(greenlet instanceof MainWait);
}

/** Takes a lock for a greenlet. Returns false if the greenlet would have to wait. */
function takeNow(lock: Acquirable, greenlet: RawGreenlet): boolean {
  const taker = ownerOf(greenlet);
  if (lock.lockedFor(taker)) return false;
  lock.take(taker);
  return true;
}

/** Waits for a lock. Subclasses decide the result of the wait. */
export abstract class Acquiring<T> extends Suspension<T> {
  protected readonly lock: Acquirable;

  constructor(lock: Acquirable) {
    super();
    this.lock = lock;
  }

  /** The result once the lock is taken. */
  protected abstract outcome(): T;

  /** @internal It takes the lock. */
  override get mayHold(): true {
    return true;
  }

  override at(): object {
    return this.lock;
  }

  describe(): string {
    const holders = this.lock.holders();
    return holders.length === 0 ? this.lock.name : `${this.lock.name}, held by ${namesOf(holders)}`;
  }

  override blockers(): Iterable<RawGreenlet> {
    return this.lock.holders();
  }

  /** The waiting greenlet. */
  get waiter(): RawGreenlet {
    return this.greenlet as RawGreenlet;
  }

  /** Takes the lock for the waiting greenlet and wakes it. */
  grant(): void {
    this.lock.take(ownerOf(this.greenlet as RawGreenlet));
    this.complete(this.outcome());
  }

  protected override tryNow(): boolean {
    if (!takeNow(this.lock, this.greenlet ?? kernel.current)) return false;
    this.value = this.outcome();
    return true;
  }

  protected override register(): void {
    this.lock.enqueue(this);
  }
}

class Acquire extends Acquiring<boolean> {
  constructor(lock: Acquirable, options: TimeoutOption | undefined) {
    super(lock);
    this.deadline = deadlineOf(this, options);
  }

  protected outcome(): boolean {
    return true;
  }

  timedOut(): boolean {
    return false;
  }
}

class PromptAcquire extends Prompt<boolean> {
  private readonly lock: Acquirable;

  constructor(lock: Acquirable) {
    super();
    this.lock = lock;
  }

  finishNow(): boolean {
    this.value = true;
    return takeNow(this.lock, kernel.current);
  }

  protected patient(): Acquire {
    return new Acquire(this.lock, undefined);
  }
}

class Hold extends Acquiring<Disposable> {
  protected outcome(): Disposable {
    return new Held(this.lock);
  }
}

class PromptHold extends Prompt<Disposable> {
  private readonly lock: Acquirable;

  constructor(lock: Acquirable) {
    super();
    this.lock = lock;
  }

  finishNow(): boolean {
    if (!takeNow(this.lock, kernel.current)) return false;
    this.value = new Held(this.lock);
    return true;
  }

  protected patient(): Hold {
    return new Hold(this.lock);
  }
}
