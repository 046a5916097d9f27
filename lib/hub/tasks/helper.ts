import type { RawGreenlet } from '../../greenlet/raw-greenlet.ts';

const bodies = new WeakSet<object>();

/** Marks the body of greenlets that the library spawns for its own needs, and gives it back. */
export function helper<F extends (...args: never[]) => unknown>(body: F): F {
  bodies.add(body);
  return body;
}

/** True for a greenlet that no program has spawned. */
export function isHelper(greenlet: RawGreenlet): boolean {
  return greenlet.branching !== null || bodies.has(greenlet.run);
}
