import type { Operation, Suspend } from '../../greenlet/operation.ts';
import type { RawGreenlet } from '../../greenlet/raw-greenlet.ts';
import { waitFor } from '../parking/until.ts';
import { bindResource, type CancelScope, type Resource, removeResource } from './cancel-scope.ts';

/** Work behind a promise, such as a request. It belongs to the scope that started it, and is stopped if that is cancelled. */
export class BoundWork implements Resource {
  scope: CancelScope | null = null;
  /** The work's promises that have not settled. Settled promises are removed, because they would keep their values alive. */
  protected readonly promises = new Map<Promise<unknown>, (reason: unknown) => void>();
  private controller: AbortController | null = null;

  /**
   * The signal to start the work with. It is aborted when the work is cancelled, or when the caller's own signal is. If `own` is
   * not a signal, it is returned unchanged, so that the API that gets it can refuse it.
   */
  signal(own: AbortSignal | null | undefined): AbortSignal {
    this.controller ??= new AbortController();
    const { signal } = this.controller;
    if (own === null || own === undefined) return signal;
    return own instanceof AbortSignal ? AbortSignal.any([own, signal]) : own;
  }

  /** Makes the work belong to the innermost scope of the greenlet. */
  bindTo(greenlet: RawGreenlet): void {
    bindResource(this, greenlet);
  }

  /** How many resources belong to the same scope, including this one. */
  get siblings(): number {
    return this.scope?.resources?.size ?? 0;
  }

  /** True once the work was stopped. What has arrived of it must no longer be read. */
  get isStopped(): boolean {
    return this.controller?.signal.aborted === true;
  }

  /** Lets the work continue, even if the greenlet is cancelled. */
  unbind(): void {
    removeResource(this);
  }

  release(reason: unknown): void {
    // We cause the rejection that follows, so it must not count as unhandled.
    for (const promise of this.promises.keys()) promise.catch(() => {});
    this.stop(reason);
  }

  /** Stops the work. */
  protected stop(reason: unknown): void {
    this.controller?.abort(reason);
  }

  /** The wait for one of the work's promises. */
  protected wait<T>(promise: Promise<T>): Operation<T> {
    return waitFor(promise);
  }

  /**
   * Returns a promise like `source`, whose `yield*` stops the work when the waiter is cancelled.
   *
   * @param ended called when the promise has settled
   */
  promise<T>(source: PromiseLike<T>, ended: (value?: T) => void): Promise<T> & Operation<T> {
    // A new promise, because our own callbacks on `source` would count as handling its rejection.
    let rejectPromise = (_: unknown): void => {};
    const promise = new Promise<T>((resolve, reject) => {
      rejectPromise = reject;
      source.then(
        (value) => {
          this.promises.delete(promise);
          ended(value);
          resolve(value);
        },
        (error) => {
          this.promises.delete(promise);
          ended();
          reject(error);
        },
      );
    });
    this.promises.set(promise, rejectPromise);
    return Object.defineProperty(promise, Symbol.iterator, {
      configurable: true,
      value: () => stopping(this.wait(promise), this),
    });
  }
}

/** The operation's iterator, which stops the work when the wait is cancelled. */
function stopping<T>(operation: Operation<T>, work: BoundWork): Iterator<Suspend, T, unknown> {
  const iterator = operation[Symbol.iterator]();
  const throwInto = iterator.throw as (error: unknown) => IteratorResult<Suspend, T>;
  return {
    next: (value?: unknown) => iterator.next(value),
    throw(error: unknown) {
      work.release(error);
      return throwInto.call(iterator, error);
    },
    return(value: unknown) {
      work.release(undefined);
      return (iterator.return as (value: unknown) => IteratorResult<Suspend, T>).call(iterator, value);
    },
  };
}
