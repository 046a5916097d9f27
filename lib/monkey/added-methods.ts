import type { Replace } from './patches.ts';

/**
 * Gives objects of a kind methods that block: operations, to be waited for by `yield*` in greenlets and `await` elsewhere.
 * Nobody who looks at an object's properties sees them.
 *
 * @param module under which `getOriginal()` finds what was there
 */
export function addMethods(replace: Replace, module: string, prototype: object, methods: object): void {
  for (const [name, property] of Object.entries(Object.getOwnPropertyDescriptors(methods))) {
    replace(module, prototype, name, { ...property, enumerable: false });
  }
}
