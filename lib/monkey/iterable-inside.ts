import { insideGreenlet } from './inside-greenlet.ts';
import type { Replace } from './patches.ts';

/**
 * Lets objects of a kind be waited for by `yield*` in greenlets.
 *
 * @param module under which `getOriginal()` finds what was there
 * @param iterate what `[Symbol.iterator]` is in a greenlet
 */
export function iterableInside<T extends object>(
  replace: Replace,
  module: string,
  prototype: T,
  iterate: (this: T) => Iterator<unknown, unknown, unknown>,
): void {
  // A getter, because code that looks whether a value is iterable must not find that a promise or a socket is.
  replace(module, prototype, Symbol.iterator, {
    get: () => (insideGreenlet() ? iterate : undefined),
    set(this: object, value: unknown) {
      Object.defineProperty(this, Symbol.iterator, { value, writable: true, enumerable: true, configurable: true });
    },
  });
}
