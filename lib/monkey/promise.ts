import type { Suspend } from '../greenlet/operation.ts';
import { waitFor } from '../hub/parking/until.ts';
import { iterableInside } from './iterable-inside.ts';
import { install } from './patches.ts';

declare global {
  interface Promise<T> {
    /** Waits for the promise in a greenlet: `yield* promise`. Outside greenlets there is none. */
    [Symbol.iterator](): Iterator<Suspend, T, unknown>;
  }
}

function iterate<T>(this: Promise<T>): Iterator<Suspend, T, unknown> {
  return waitFor(this)[Symbol.iterator]();
}

/**
 * Makes every promise an operation inside greenlets: `const rows = yield* pool.query(sql)`. Outside greenlets a promise
 * stays what it was, not iterable. The types come with the import of this module.
 */
export function patchPromise(): void {
  install(patchPromise, (replace) => iterableInside(replace, 'globalThis.Promise', Promise.prototype, iterate));
}
