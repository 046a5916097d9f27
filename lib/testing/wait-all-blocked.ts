import type { Operation } from '../greenlet/operation.ts';
import { idle } from '../hub/parking/sleep.ts';

/**
 * Waits until every other greenlet is blocked and the event loop has had a turn, so that a test can inspect their
 * state. A virtual clock stands still until then.
 *
 * @returns an operation that ends when all others are blocked
 *
 * @example
 * const getter = spawn(() => queue.get());
 * yield* waitAllBlocked();
 * queue.putNowait('item'); // the getter is waiting now
 */
export function waitAllBlocked(): Operation<void> {
  return idle();
}
