import type { Operation } from '../greenlet/operation.ts';
import { idle } from '../hub/parking/sleep.ts';

/**
 * Waits until every other greenlet is blocked and the event loop has had a turn, so that a test can look at what all of
 * them have come to. On a virtual clock, time stands still until then.
 *
 * @example
 * const getter = spawn(() => queue.get());
 * yield* waitAllBlocked();
 * queue.putNowait('item'); // the getter waits by now
 */
export function waitAllBlocked(): Operation<void> {
  return idle();
}
