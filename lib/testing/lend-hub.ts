import { GreenletError } from '../greenlet/errors.ts';
import { hub } from '../hub/loop/hub.ts';
import type { ReadyQueue } from '../hub/loop/run-queue.ts';

/**
 * Lends the hub to a scheduler of tests. That provides the run queue, and calls `hub.drain()` and `hub.turn()` itself.
 *
 * @returns a function that gives the hub back
 */
export function lendHub(queue: ReadyQueue): () => void {
  if (hub.lent || !hub.resting) throw new GreenletError('the hub is busy: let every ready greenlet run first');
  const { runQueue, switchInterval } = hub;
  hub.lent = true;
  hub.scheduled = true;
  hub.runQueue = queue;
  hub.switchInterval = Infinity;
  return () => {
    hub.lent = false;
    hub.scheduled = false;
    hub.runQueue = runQueue;
    hub.switchInterval = switchInterval;
  };
}
