import * as assert from 'uvu/assert';
import { WaitQueue } from '../../lib/hub/wait-queue.ts';
import { getHub } from '../../lib/index.ts';

/** How many stand in the wait queues that a lock, queue, event or result keeps. */
export function waitersOf(object: object): number {
  const queues: unknown[] = Object.values(object).filter((value) => value instanceof WaitQueue);
  assert.ok(queues.length > 0, 'the object keeps its wait queues in plain fields');
  return (queues as WaitQueue[]).reduce((sum, queue) => sum + [...queue].length, 0);
}

/** Fails when somebody still stands in line at one of the objects, or a timer still runs. */
export function assertNoTrace(...objects: object[]): void {
  for (const object of objects) assert.is(waitersOf(object), 0, 'a waiter was left behind in a wait queue');
  assert.is(getHub().timers.size, 0, 'a timer was left running');
}
