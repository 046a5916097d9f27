import type { Operation, Suspend } from '../../greenlet/operation.ts';
import type { RawGreenlet } from '../../greenlet/raw-greenlet.ts';
import { waitFor } from '../parking/until.ts';
import { bindResource, type CancelScope, type Resource } from './cancel-scope.ts';

/** Work that a promise stands for and that ends with the greenlet (or the scope in it) that it belongs to. */
export class BoundWork implements Resource {
  scope: CancelScope | null = null;
  /** Promises of it that have not settled. A settled one would hold on to what it gave. */
  protected readonly promises = new Map<Promise<unknown>, (reason: unknown) => void>();
  private controller: AbortController | null = null;

  /** The signal to start the work with: aborted on cancel, and when the caller's own is. One that is none is given back. */
  signal(own: AbortSignal | null | undefined): AbortSignal {
    this.controller ??= new AbortController();
    const { signal } = this.controller;
    if (own === null || own === undefined) return signal;
    return own instanceof AbortSignal ? AbortSignal.any([own, signal]) : own;
  }

  /** Makes the work belong to what the greenlet is doing now. */
  bindTo(greenlet: RawGreenlet): void {
    bindResource(this, greenlet);
  }

  /** How much work belongs to the same scope as this, itself included. */
  get siblings(): number {
    return this.scope?.resourceCount ?? 0;
  }

  /** Lets the work go on whatever becomes of the greenlet. */
  unbind(): void {
    this.scope?.removeResource(this);
  }

  release(reason: unknown): void {
    // The rejection that follows is of our making, so it is nobody's unhandled one.
    for (const promise of this.promises.keys()) promise.catch(() => {});
    this.stop(reason);
  }

  /** Stops the work itself. */
  protected stop(reason: unknown): void {
    this.controller?.abort(reason);
  }

  /** The wait for a promise of it. */
  protected wait<T>(promise: Promise<T>): Operation<T> {
    return waitFor(promise);
  }

  /**
   * Gives the work's promise in a form whose `yield*` stops the work when the waiter is cancelled.
   *
   * @param ended called when the promise has settled
   */
  promise<T>(source: PromiseLike<T>, ended: (value?: T) => void): Promise<T> & Operation<T> {
    // A promise of our own, so that looking after the end does not pass for somebody's handling of a rejection.
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
