import type { RawGreenlet } from '../../greenlet/raw-greenlet.ts';

const bodies = new WeakSet<object>();

/**
 * Marks the body of a greenlet that the library spawns for its own needs. Returns the body. Mark calls at module level as pure,
 * so that a bundler can drop a body that nothing spawns.
 */
export function helper<F extends (...args: never[]) => unknown>(body: F): F {
  bodies.add(body);
  return body;
}

/** True for a greenlet that the library has spawned for its own needs, not the program. */
export function isHelper(greenlet: RawGreenlet): boolean {
  return greenlet.branching !== null || bodies.has(greenlet.run);
}
