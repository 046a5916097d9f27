import { isGenerator, isOperation, type Operation, operation } from '../../greenlet/operation.ts';
import { refuseOptions } from '../checks/options.ts';
import { external } from '../loop/external-waits.ts';
import { leaveQueue } from '../loop/wait-queue.ts';
import { ExternalSuspension } from './external.ts';
import { handOver, hasNativeThen, type PromiseWaiter, type Subscription, subscriptionTo } from './handed-over.ts';
import { Suspension } from './suspension.ts';

declare global {
  // Without the types of Node or of the DOM these names are unknown, and our declarations would fail. If they are known, these
  // interfaces merge with them.
  interface AbortSignal {}
  interface AbortController {}
}

/** Starts some work and returns its promise. The signal is aborted when the waiting greenlet is cancelled. */
export type Abortable<T> = (signal: AbortSignal) => PromiseLike<T>;

/** The wait for a native promise, in the line of its subscription. */
export class PromiseWait<T> extends Suspension<T> implements PromiseWaiter {
  private readonly promise: PromiseLike<T>;
  private subscription: Subscription;

  constructor(promise: PromiseLike<T>, subscription = subscriptionTo(promise) as Subscription) {
    super();
    this.promise = promise;
    this.subscription = subscription;
  }

  protected override get isForOthers(): boolean {
    return true;
  }

  describe(): string {
    return 'a promise';
  }

  promiseSettled(isRejected: boolean, result: unknown): void {
    external.waits -= 1;
    if (isRejected) this.fail(result);
    else this.complete(result as T);
  }

  protected override register(): void {
    // A subscription settles only once, so a promise that has settled needs a new one.
    if (this.subscription.isSettled) this.subscription = subscriptionTo(this.promise) as Subscription;
    external.waits += 1;
    this.subscription.push(this);
  }

  protected override unregister(): void {
    if (this.queue === null) return;
    external.waits -= 1;
    leaveQueue(this);
  }

  protected override cancelled(): void {
    this.share();
  }

  /** @internal Lets later waits for the promise share its subscription, because this wait may never end. */
  share(): void {
    this.subscription.share(this.promise);
  }
}

/** The wait for a thenable, or for the promise that a function returns. */
class Until<T> extends ExternalSuspension<T> {
  private readonly source: PromiseLike<T> | Abortable<T>;
  private controller: AbortController | null;

  constructor(source: PromiseLike<T> | Abortable<T>) {
    super();
    this.source = source;
    this.controller = null;
  }

  describe(): string {
    return typeof this.source === 'function' && this.source.name !== '' ? `until(${this.source.name})` : 'a promise';
  }

  protected begin(resolve: (value: T) => void, reject: (error: unknown) => void): void {
    if (typeof this.source !== 'function') {
      ask(this.source, resolve, reject);
      return;
    }
    const controller = new AbortController();
    const promise = this.source(controller.signal);
    if (typeof promise?.then !== 'function') {
      throw new TypeError(`until() was given a function that returned ${typeof promise} instead of a promise`);
    }
    this.controller = controller;
    ask(promise, resolve, reject);
  }

  protected override complete(value: T): void {
    this.controller = null;
    super.complete(value);
  }

  protected override fail(error: unknown): void {
    this.controller = null;
    super.fail(error);
  }

  protected override reset(): void {
    super.reset();
    this.controller = null;
  }

  /** Aborts here and not in `abort()`, so that the signal's listeners run while the cancelled greenlet runs. */
  protected override cancelled(): void {
    const { controller } = this;
    this.controller = null;
    controller?.abort();
  }
}

/** Calls `then()` once. Only the first call of a callback counts. If the value is a thenable, asks that in turn, like `await`. */
function ask<T>(source: PromiseLike<T>, resolve: (value: T) => void, reject: (error: unknown) => void): void {
  let isAnswered = false;
  const once =
    <A>(answer: (argument: A) => void) =>
    (argument: A): void => {
      if (isAnswered) return;
      isAnswered = true;
      answer(argument);
    };
  const failed = once(reject);
  const fulfilled = once((value: T) => {
    if (typeof (value as PromiseLike<T> | null)?.then === 'function') ask(value as PromiseLike<T>, resolve, reject);
    else resolve(value);
  });
  try {
    source.then(fulfilled, failed);
  } catch (error) {
    failed(error);
  }
}

/**
 * Waits for a promise, or for the promise that a function returns. The call subscribes to the promise, so its rejection never
 * counts as unhandled. A thenable that is not a native promise (a query builder) may begin its work in `then()`. So each wait
 * calls `then()` exactly once, when the wait begins.
 *
 * @param source a promise (or any object with `then`), or a function that receives an AbortSignal and returns a promise. The
 *   signal is aborted when the waiting greenlet is cancelled
 * @throws the reason of a rejected promise, or the error of the function; TypeError for any other source
 *
 * @example
 * const rows = yield* until(client.query('select 1'));
 * const data = yield* until((signal) => readFile(path, { signal }));
 */
export function until<T>(source: PromiseLike<T> | Abortable<T>): Operation<T>;
export function until<T>(source: PromiseLike<T> | Abortable<T>, extra?: unknown): Operation<T> {
  if (extra !== undefined) {
    handOver(source);
    refuseOptions(extra, 'until()', 'withTimeout(ms, until(…))');
  }
  if (isOperation(source)) return source as Operation<T>;
  if (isBound<T>(source)) {
    handOver(source);
    return operation(() => source[Symbol.iterator](), 'until(a promise)');
  }
  if (typeof source !== 'function' && typeof source?.then !== 'function') {
    const what = isGenerator(source) ? 'a generator: write `yield* fn()`' : typeof source;
    throw new TypeError(`until() takes a promise, or a function that returns one, not ${what}`);
  }
  return waitFor(source);
}

/** Waits for a promise, even if it has an iterator of its own. */
export function waitFor<T>(source: PromiseLike<T> | Abortable<T>): Operation<T> {
  if (typeof source === 'function') return new Until(source);
  const subscription = subscriptionTo(source);
  return subscription !== null && hasNativeThen(source) ? new PromiseWait(source, subscription) : new Until(source);
}

/** True for a promise whose work stops when its waiter is cancelled. Such a promise has an iterator of its own. */
function isBound<T>(source: unknown): source is Pick<Operation<T>, typeof Symbol.iterator> {
  return source instanceof Promise && Object.hasOwn(source, Symbol.iterator);
}
