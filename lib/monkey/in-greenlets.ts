import { insideGreenlet } from './inside-greenlet.ts';
import { named } from './named.ts';
import type { Replace } from './patches.ts';

export type AnyFunction = (this: unknown, ...args: unknown[]) => unknown;

/** What a function does in a greenlet: it gets the original, and what it was called on and with. */
export type Inside = (original: AnyFunction, self: unknown, args: unknown[]) => unknown;

/**
 * Replaces a function by one that acts in another way in greenlets; outside it is the original.
 *
 * @param module under which `getOriginal()` finds the original
 */
export function inGreenlets(replace: Replace, module: string, holder: object, name: string, inside: Inside): void {
  const property = Object.getOwnPropertyDescriptor(holder, name) as PropertyDescriptor;
  const original = property.value as AnyFunction;
  replace(module, holder, name, { ...property, value: named(actingInside(original, inside), original) });
}

/** A function with another behaviour in greenlets, at almost no cost outside. */
export function actingInside(original: AnyFunction, inside: Inside): AnyFunction {
  const inGreenlet: AnyFunction = function (...args) {
    return inside(original, this, args);
  };
  const { method } = {
    // The arguments are used once, so that the engine passes them on without making an array.
    method(this: unknown, ...args: unknown[]): unknown {
      return (insideGreenlet() ? inGreenlet : original).apply(this, args);
    },
  };
  return method;
}
