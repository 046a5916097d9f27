import { insideGreenlet } from './inside-greenlet.ts';
import { likeOriginal } from './like-original.ts';
import type { Replace } from './patches.ts';
import { noteUnpatchable } from './unpatchable.ts';

export type AnyFunction = (this: unknown, ...args: unknown[]) => unknown;

/** The behaviour of a patched function in a greenlet: it gets the original, `this` and the arguments. */
export type Inside = (original: AnyFunction, self: unknown, args: unknown[]) => unknown;

/**
 * Replaces a function by one that behaves differently in greenlets. Outside greenlets it calls the original.
 *
 * @param module the name under which `getOriginal()` finds the original
 */
export function patchFunction(replace: Replace, module: string, holder: object, name: string, inside: Inside): void {
  const property = Object.getOwnPropertyDescriptor(holder, name);
  if (typeof property?.value !== 'function') {
    noteUnpatchable(module, name);
    return;
  }
  const original = property.value as AnyFunction;
  replace(module, holder, name, { ...property, value: likeOriginal(actingInside(original, inside), original) });
}

/** Returns a function that behaves differently in greenlets. It costs almost nothing outside. */
export function actingInside(original: AnyFunction, inside: Inside): AnyFunction {
  const inGreenlet: AnyFunction = function (...args) {
    return inside(original, this, args);
  };
  const { method } = {
    // Use the arguments only once, so that the engine passes them on without creating an array.
    method(this: unknown, ...args: unknown[]): unknown {
      return (insideGreenlet() ? inGreenlet : original).apply(this, args);
    },
  };
  return method;
}
