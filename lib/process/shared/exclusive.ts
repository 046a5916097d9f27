/// <reference lib="esnext.disposable" preserve="true" />
import { GreenletError } from '../../greenlet/errors.ts';
import { kernel } from '../../greenlet/kernel.ts';
import {
  BaseOperation,
  type Coroutine,
  type Operation,
  operation,
  operationText,
  type Suspend,
} from '../../greenlet/operation.ts';
import type { RawGreenlet } from '../../greenlet/raw-greenlet.ts';
import { TEXT } from '../../greenlet/shown.ts';
import { checkedTimeout } from '../../hub/checks/checks.ts';
import { checkedOptions, refuseOptions } from '../../hub/checks/options.ts';
import { numberOf } from '../../hub/tasks/greenlet-number.ts';
import { identityOf } from '../../hub/tasks/owner.ts';
import { ACQUIRE_OPTIONS, type AcquireOptions } from '../../sync/acquirable.ts';
import { Held } from '../../sync/held.ts';
import { Turn } from '../network/turn.ts';
import { type Holdable, type Holdings, hold } from './holdings.ts';
import { LockService } from './lock-service.ts';
import { type Known, Shared } from './shared.ts';

/** The base class of the shared Lock and RLock: one greenlet of any thread or process holds it. */
export abstract class Exclusive extends Shared implements Holdable {
  /** The greenlet of this thread that holds it. */
  protected holder: RawGreenlet | null = null;
  private holdings: Holdings | null = null;
  /** True if the next acquire of this thread must let messages of others arrive first. */
  private isOthersTurn = false;
  private isAbandoned = false;

  constructor(kind: string, known: Known | undefined) {
    super(kind, known, []);
  }

  /** True if the last holder has ended without releasing it, until the present holder releases it. */
  get abandoned(): boolean {
    return this.isAbandoned;
  }

  /** Tells whether a greenlet of any process holds it. */
  locked(): Operation<boolean> {
    return this.ask<boolean>('locked');
  }

  /**
   * Waits until it is free and takes it. Waiters of all processes are served in the order in which their requests arrive.
   *
   * @param options `timeout` in milliseconds; `blocking: false` does not wait
   * @returns an operation that gives true, or false if the timeout passed first
   * @throws ConnectionLostError if the process that made it ends
   */
  acquire(options?: AcquireOptions): Operation<boolean> {
    if (options !== undefined) checkedTimeout(checkedOptions(options, ACQUIRE_OPTIONS, 'lock.acquire()'));
    return new Acquire(this, options);
  }

  /**
   * Acquires it for a block of code.
   *
   * @returns an operation that gives an object, which releases the lock when it is disposed
   */
  hold(): Operation<Disposable>;
  hold(extra?: unknown): Operation<Disposable> {
    if (extra !== undefined) refuseOptions(extra, 'lock.hold()', 'withTimeout(ms, lock.hold())');
    return operation(() => this.holding(), 'hold()');
  }

  /** Releases it. Acts at once. */
  abstract release(): void;

  /** @internal */
  isHeldBy(greenlet: number): boolean {
    return this.holder !== null && numberOf(this.holder) === greenlet;
  }

  /** @internal */
  abandon(greenlet: number): void {
    this.holder = null;
    this.tellEnd(greenlet);
  }

  /** @internal */
  heldHere(): boolean {
    return this.holder !== null && this.holder === identityOf(kernel.current);
  }

  /** @internal The holder lets go of it while it waits for a condition. Returns what `regain()` needs. */
  lend(): number {
    this.left();
    return 1;
  }

  /** @internal The holder has it again. */
  regain(_depth: number): void {
    this.taken(false);
  }

  /** @internal @throws GreenletError if the running greenlet does not hold it */
  checkHeld(call: string): void {
    if (this.heldHere()) return;
    throw new GreenletError(`${call} of ${this.name} requires that this greenlet holds it: call acquire() first`);
  }

  /**
   * @internal A shortcut for the thread in which the lock lives: takes it if it is free and no other thread waits for its turn. Without
   * it, the generators of a request would take most of the time.
   */
  takeNow(): boolean {
    const { service } = this;
    if (!(service instanceof LockService)) return false;
    this.isOthersTurn = this.mustWaitForOthers();
    if (this.isOthersTurn || service.lock.locked()) return false;
    this.taken(service.isAbandoned);
    service.takeNow(numberOf(this.holder as RawGreenlet));
    return true;
  }

  /** @internal */
  *acquiring(options?: AcquireOptions): Coroutine<boolean> {
    if (this.isOthersTurn) yield* new Turn();
    const abandoned = yield* this.ask<boolean | null>('acquire', options);
    if (abandoned === null) return false;
    this.taken(abandoned);
    return true;
  }

  /** @internal The running greenlet holds it now. */
  taken(abandoned: boolean): void {
    this.isAbandoned = abandoned;
    this.holder = identityOf(kernel.current);
    this.holdings = hold(this.holder, this, this.holdings);
  }

  /** @internal The running greenlet no longer holds it. */
  left(): void {
    this.holder = null;
    this.isAbandoned = false;
  }

  protected releaseNow(): void {
    // The holder may be a greenlet elsewhere. Only the lock itself can tell whether there is one.
    const isHeldElsewhere = this.holder === null;
    this.left();
    if (this.service instanceof LockService) this.service.release();
    else this.order('release', [], isHeldElsewhere);
  }

  private *holding(): Coroutine<Disposable> {
    yield* this.acquire();
    return new Held(this);
  }
}

const TAKEN: IteratorReturnResult<true> = { done: true, value: true };

/** An acquire that has not waited. */
const taken: Iterator<Suspend, boolean, unknown> = { next: () => TAKEN };

class Acquire extends BaseOperation<boolean> {
  private readonly lock: Exclusive;
  private readonly options: AcquireOptions | undefined;

  constructor(lock: Exclusive, options: AcquireOptions | undefined) {
    super();
    this.lock = lock;
    this.options = options;
  }

  /** @internal */
  [TEXT](): string {
    return operationText(`waits for ${this.lock.name}`);
  }

  [Symbol.iterator](): Iterator<Suspend, boolean, unknown> {
    return this.lock.takeNow() ? taken : this.lock.acquiring(this.options);
  }
}
