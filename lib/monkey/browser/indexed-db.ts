import type { Operation, Suspend } from '../../greenlet/operation.ts';
import { actionOf } from '../../hub/parking/action.ts';
import { listenAll, type Target } from '../../web/target.ts';
import { iterableInside } from '../iterable-inside.ts';
import { patchFunction } from '../patch-function.ts';
import { install } from '../patches.ts';

declare global {
  // Without the types of the DOM, these names are unknown. With them, these interfaces merge with those of the DOM.
  // biome-ignore lint/suspicious/noExplicitAny: merged interfaces must have the same type parameters
  interface IDBRequest<T = any> {
    /** Waits for the result in a greenlet: `yield* store.get(key)`. Undefined outside greenlets. */
    [Symbol.iterator](): Iterator<Suspend, T, unknown>;
  }
  interface IDBTransaction {
    /** Waits in a greenlet until the transaction is complete. If the greenlet is killed, the transaction is aborted. */
    [Symbol.iterator](): Iterator<Suspend, void, unknown>;
  }
}

interface Request<T> extends Target {
  readonly result: T;
  readonly error: unknown;
  readonly readyState: 'pending' | 'done';
}

interface Transaction extends Target {
  readonly error: unknown;
  abort(): void;
}

/**
 * Patches IndexedDB: in greenlets, every request and every transaction is an operation. `yield* store.get(key)` gives the result
 * of the request, and `yield* transaction` waits until it is complete. Killing a greenlet that waits for a transaction aborts
 * that. A request cannot be cancelled, so its answer is dropped.
 *
 * A browser commits a transaction that has no request under way when the event has been handled. So a greenlet must not wait for
 * anything else between two requests of a transaction.
 */
export function patchIndexedDb(): void {
  install(patchIndexedDb, (replace) => {
    const { IDBDatabase, IDBRequest, IDBTransaction } = globalThis as {
      IDBDatabase?: { prototype: object };
      IDBRequest?: { prototype: Request<unknown> };
      IDBTransaction?: { prototype: Transaction };
    };
    if (IDBDatabase !== undefined) {
      patchFunction(replace, 'globalThis.IDBDatabase', IDBDatabase.prototype, 'transaction', (original, self, args) =>
        followed(original.apply(self, args) as Transaction),
      );
    }
    if (IDBRequest !== undefined) {
      iterableInside(replace, 'globalThis.IDBRequest', IDBRequest.prototype, function () {
        return requested(this)[Symbol.iterator]();
      });
    }
    if (IDBTransaction !== undefined) {
      iterableInside(replace, 'globalThis.IDBTransaction', IDBTransaction.prototype, function () {
        return completed(this)[Symbol.iterator]();
      });
    }
  });
}

function requested<T>(request: Request<T>): Operation<T> {
  const settle = (resolve: (value: T) => void, reject: (error: unknown) => void): void => {
    if (request.error === null) resolve(request.result);
    else reject(request.error);
  };
  return actionOf('a request of IndexedDB', (resolve, reject) => {
    // A request that is done dispatches no more events.
    if (request.readyState === 'done') return settle(resolve, reject);
    const settled = (): void => settle(resolve, reject);
    return listenAll(request, { success: settled, error: settled });
  });
}

/** Transactions that have ended, and whether they are complete. They dispatch no more events, and have no state to read. */
const ended = new WeakMap<Transaction, boolean>();

/** Notes how a transaction ends, which may be before a greenlet waits for it. */
function followed(transaction: Transaction): Transaction {
  listenAll(transaction, {
    complete: () => ended.set(transaction, true),
    abort: () => ended.set(transaction, false),
  });
  return transaction;
}

function completed(transaction: Transaction): Operation<void> {
  return actionOf('a transaction of IndexedDB', (resolve, reject) => {
    const over = (isComplete: boolean): void => {
      ended.set(transaction, isComplete);
      if (isComplete) resolve();
      else reject(transaction.error ?? new DOMException('the transaction was aborted', 'AbortError'));
    };
    const known = ended.get(transaction);
    if (known !== undefined) return over(known);
    const forget = listenAll(transaction, { complete: () => over(true), abort: () => over(false) });
    return () => {
      forget();
      if (!ended.has(transaction)) abort(transaction);
    };
  });
}

function abort(transaction: Transaction): void {
  try {
    transaction.abort();
  } catch {
    // It has ended already, before anybody listened.
  }
}
