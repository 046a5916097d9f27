import { isOperation, type Operation, operation } from '../greenlet/operation.ts';
import { ExternalSuspension } from './external.ts';

/** Starts something whose end a promise tells; the signal is aborted when nobody waits for it any more. */
export type Abortable<T> = (signal: AbortSignal) => PromiseLike<T>;

/** The wait for a promise, or for what a function starts. */
export class Until<T> extends ExternalSuspension<T> {
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
      this.source.then(resolve, reject);
      return;
    }
    const controller = new AbortController();
    const promise = this.source(controller.signal);
    if (typeof promise?.then !== 'function') {
      throw new TypeError(`until() was given a function that returned ${typeof promise} instead of a promise`);
    }
    this.controller = controller;
    promise.then(resolve, reject);
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

  /** Here and not in `abort()`, so that the listeners run in the time of the greenlet that is cancelled. */
  protected override cancelled(): void {
    const { controller, source } = this;
    this.controller = null;
    controller?.abort();
    // A greenlet that was killed already does not get to wait: the promise is looked after here.
    if (typeof source !== 'function') source.then(undefined, () => {});
  }
}

/**
 * Waits for a promise, or for what a function starts. The promise's outcome is always handled, so a rejection after
 * a cancel is no unhandled one.
 *
 * @param source a promise (or anything with `then`), or a function that gets an AbortSignal and returns one; the signal
 *   is aborted when the waiting greenlet is cancelled
 * @throws what the promise is rejected with, what the function throws; TypeError for anything else than these two
 *
 * @example
 * const rows = yield* until(client.query('select 1'));
 * const data = yield* until((signal) => readFile(path, { signal }));
 */
export function until<T>(source: PromiseLike<T> | Abortable<T>): Operation<T> {
  if (isOperation(source)) return source as Operation<T>;
  if (isBound<T>(source)) return operation(() => source[Symbol.iterator](), 'until(a promise)');
  if (typeof source !== 'function' && typeof source?.then !== 'function') {
    throw new TypeError(`until() takes a promise, or a function that returns one, not ${typeof source}`);
  }
  return waitFor(source);
}

/** Waits for a promise as such, whatever way of its own it may have to be waited for. */
export function waitFor<T>(source: PromiseLike<T> | Abortable<T>): Operation<T> {
  return new Until(source);
}

/** Promises that stop their work with their waiter have an iterator of their own that does it. */
function isBound<T>(source: unknown): source is Pick<Operation<T>, typeof Symbol.iterator> {
  return source instanceof Promise && Object.hasOwn(source, Symbol.iterator);
}
