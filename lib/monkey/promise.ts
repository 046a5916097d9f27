import type { Suspend } from '../greenlet/operation.ts';
import { outsideGreenlets } from '../greenlet/outside-greenlets.ts';
import { waitFor } from '../hub/parking/until.ts';
import { builtinModule } from './builtin-module.ts';
import { iterableInside } from './iterable-inside.ts';
import { patchFunction } from './patch-function.ts';
import { install } from './patches.ts';

declare global {
  interface Promise<T> {
    /** Waits for the promise in a greenlet: `yield* promise`. Undefined outside greenlets. */
    [Symbol.iterator](): Iterator<Suspend, T, unknown>;
  }
}

function iterate<T>(this: Promise<T>): Iterator<Suspend, T, unknown> {
  return waitFor(this)[Symbol.iterator]();
}

/**
 * Patches promises, so that every promise is an operation in greenlets: `const rows = yield* pool.query(sql)`. Outside
 * greenlets a promise remains not iterable. Importing this module also declares the types.
 */
export function patchPromise(): void {
  install(patchPromise, (replace) => {
    iterableInside(replace, 'globalThis.Promise', Promise.prototype, iterate);
    const stream = builtinModule<typeof import('node:stream')>('stream');
    if (stream === undefined) return;
    // It takes promises, but everything that can be iterated over first.
    patchFunction(replace, 'stream.Duplex', stream.Duplex, 'from', (original, self, args) =>
      outsideGreenlets(() => original.apply(self, args)),
    );
  });
}
