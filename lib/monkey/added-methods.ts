import type { Replace } from './patches.ts';

/**
 * Adds methods that return operations to the objects of a kind: `yield*` them in greenlets, `await` them elsewhere. The
 * methods are not enumerable.
 *
 * @param module the name under which `getOriginal()` finds the original
 */
export function addMethods(replace: Replace, module: string, prototype: object, methods: object): void {
  for (const [name, property] of Object.entries(Object.getOwnPropertyDescriptors(methods))) {
    replace(module, prototype, name, { ...property, enumerable: false });
  }
}
