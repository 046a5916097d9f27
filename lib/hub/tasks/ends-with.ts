import type { Waitable } from '../parking/waitable.ts';
import { Greenlet } from './greenlet.ts';

/** The key of the greenlet that ends together with an object, such as a process. */
export const ENDS_WITH: unique symbol = Symbol('greenhub.endsWith');

/** An object that `joinall()` takes like a greenlet. */
export interface Joinable extends Waitable {
  /** @internal */
  readonly [ENDS_WITH]: Greenlet;
}

/** The greenlet to join: the object itself, or the one that ends together with it. Null for other objects. */
export function greenletOf(joinable: unknown): Greenlet | null {
  if (joinable instanceof Greenlet) return joinable;
  return typeof joinable === 'object' && joinable !== null
    ? ((joinable as Partial<Joinable>)[ENDS_WITH] ?? null)
    : null;
}
