import { insideGreenlet } from './inside-greenlet.ts';
import type { Replace } from './patches.ts';

/**
 * Makes `yield*` wait for the objects of a kind in greenlets.
 *
 * @param module the name under which `getOriginal()` finds the original
 * @param iterate the `[Symbol.iterator]` in a greenlet
 */
export function iterableInside<T extends object>(
  replace: Replace,
  module: string,
  prototype: T,
  iterate: (this: T) => Iterator<unknown, unknown, unknown>,
): void {
  // A getter, because outside greenlets a promise or a socket must not appear to be iterable.
  replace(module, prototype, Symbol.iterator, {
    get: () => (insideGreenlet() ? iterate : undefined),
    set(this: object, value: unknown) {
      Object.defineProperty(this, Symbol.iterator, { value, writable: true, enumerable: true, configurable: true });
    },
  });
}
