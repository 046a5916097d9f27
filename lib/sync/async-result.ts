import type { Operation } from '../greenlet/operation.ts';
import { line, Shown, TEXT, valueText, waitText } from '../greenlet/shown.ts';
import { Timeout } from '../hub/cancellation/timeout.ts';
import type { TimeoutOption } from '../hub/checks/checks.ts';
import { checkedOptions, TIMEOUT } from '../hub/checks/options.ts';
import { type Waiter, WaitQueue } from '../hub/loop/wait-queue.ts';
import { deadlineOf } from '../hub/parking/deadline.ts';
import { Suspension } from '../hub/parking/suspension.ts';
import type { Waitable } from '../hub/parking/waitable.ts';
import { passedOn } from '../hub/parking/where-raised.ts';
import { Link, type LinkTarget, removeLink } from '../hub/tasks/link.ts';
import { nameOf } from './named.ts';

const UNSET = 0;
const VALUE = 1;
const EXCEPTION = 2;

/**
 * A value or an exception that one greenlet sets and any number of greenlets wait for. Setting it again replaces it for
 * later readers. Pass it to a greenlet's `link()` to have it set from the greenlet's outcome.
 *
 * @example
 * const answer = new AsyncResult<number>();
 * spawn(function* () { console.log(yield* answer.get()); });
 * answer.set(42);
 */
export class AsyncResult<T> extends Shown implements Waitable {
  /** Its name in messages. */
  name = nameOf('AsyncResult');
  private state: typeof UNSET | typeof VALUE | typeof EXCEPTION = UNSET;
  private outcome: unknown = undefined;
  private readonly waiters = new WaitQueue();

  /** @internal */
  [TEXT](): string {
    return line('AsyncResult', this.name, this.outcomeText(), waitText(this.waiters));
  }

  /** The value that was set; undefined if nothing or an exception is set. */
  get value(): T | undefined {
    return this.state === VALUE ? (this.outcome as T) : undefined;
  }

  /** The exception that was set, or null. */
  get exception(): unknown {
    return this.state === EXCEPTION ? this.outcome : null;
  }

  /** True once something is set. */
  ready(): boolean {
    return this.state !== UNSET;
  }

  /** True once a value is set. */
  successful(): boolean {
    return this.state === VALUE;
  }

  /** Sets the value and wakes all waiters, in order. */
  set(value: T): void {
    this.settle(VALUE, value);
  }

  /** Sets an exception, which `get()` throws, and wakes all waiters, in order. */
  setException(error: unknown): void {
    this.settle(EXCEPTION, error);
  }

  /**
   * Waits for the value.
   *
   * @param options `timeout` in milliseconds
   * @returns an operation that gives the value
   * @throws the exception that was set; Timeout if the timeout passes first
   */
  get(options?: TimeoutOption): Operation<T> {
    return new ResultGet<T>(this, checkedOptions(options, TIMEOUT, 'result.get()'));
  }

  /**
   * Returns the value without waiting.
   *
   * @throws the exception that was set; Timeout if nothing is set yet
   */
  getNowait(): T {
    if (this.state === UNSET) throw new Timeout(0, `${this.name} is not set yet: use get() to wait for it`);
    if (this.state === EXCEPTION) throw this.outcome;
    return this.outcome as T;
  }

  /**
   * Waits until something is set. Unlike `get()`, it never throws what was set.
   *
   * @param options `timeout` in milliseconds
   * @returns an operation that gives the value, or undefined if an exception was set or the timeout passed first
   */
  wait(options?: TimeoutOption): Operation<T | undefined> {
    return new ResultWait<T>(this, checkedOptions(options, TIMEOUT, 'result.wait()'));
  }

  /** Makes the hub call `callback` with this result once something is set; soon if something already is. */
  link(callback: LinkTarget<T, AsyncResult<T>>): void {
    const link = new Link<T, AsyncResult<T>>(this, callback, 'both');
    if (this.ready()) link.notify();
    else this.waiters.push(link);
  }

  /**
   * Removes one link of `callback`. A callback that has not started yet is not called, even if a result was just set.
   */
  unlink(callback: LinkTarget<T, AsyncResult<T>>): void {
    removeLink(this.waiters, callback);
  }

  /** @internal */
  watch(waiter: Waiter): void {
    this.waiters.push(waiter);
  }

  private outcomeText(): string {
    if (this.state === UNSET) return 'not set';
    return `${this.state === VALUE ? 'set to' : 'failed with'} ${valueText(this.outcome)}`;
  }

  private settle(state: typeof VALUE | typeof EXCEPTION, outcome: unknown): void {
    this.state = state;
    this.outcome = outcome;
    this.waiters.notifyAll();
  }
}

abstract class OfResult<T, R> extends Suspension<R> {
  protected readonly result: AsyncResult<T>;

  constructor(result: AsyncResult<T>, options: TimeoutOption | undefined) {
    super();
    this.deadline = deadlineOf(this, options);
    this.result = result;
  }

  abstract timedOut(timeout: number): R;

  override at(): object {
    return this.result;
  }

  describe(): string {
    return `${this.result.name} to be set`;
  }

  protected override register(): void {
    this.result.watch(this);
  }
}

class ResultGet<T> extends OfResult<T, T> {
  protected override get isForOthers(): boolean {
    return true;
  }

  protected override tryNow(): boolean {
    if (!this.result.ready()) return false;
    if (!this.result.successful()) throw passedOn(this.result.exception);
    this.value = this.result.value as T;
    return true;
  }

  timedOut(timeout: number): T {
    throw new Timeout(timeout, `nothing was set in ${this.result.name} within ${timeout} ms`);
  }

  override notify(): void {
    if (this.result.successful()) this.complete(this.result.value as T);
    else this.fail(this.result.exception);
  }
}

class ResultWait<T> extends OfResult<T, T | undefined> {
  protected override tryNow(): boolean {
    this.value = this.result.value;
    return this.result.ready();
  }

  timedOut(): undefined {
    return undefined;
  }

  override notify(): void {
    this.complete(this.result.value);
  }
}
