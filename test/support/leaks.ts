import * as assert from 'uvu/assert';
import { WaitQueue } from '../../lib/hub/loop/wait-queue.ts';
import { Greenlet, getHub, RawGreenlet } from '../../lib/index.ts';

/** Where an object that waits itself stands in line: no queue of its own. */
const OWN_PLACE = ['queue', 'before', 'after'];

/**
 * How many stand in the wait queues that a lock, queue, event or result keeps, and in those of the helpers that it keeps
 * in turn (the lock of a condition, the event of a queue that can be joined); or at a greenlet.
 */
export function waitersOf(object: object): number {
  const queues = [...queuesOf(object), ...helpersOf(object).flatMap(queuesOf)];
  assert.ok(queues.length > 0 || object instanceof Greenlet, 'the object keeps its wait queues in plain fields');
  return queues.reduce((sum, queue) => sum + [...queue].length, object instanceof Greenlet ? aloneAt(object) : 0);
}

/** One, if somebody stands at a greenlet in no queue. */
function aloneAt(greenlet: Greenlet): number {
  const waiters = Reflect.get(greenlet, 'waiters') as { first?: unknown } | null;
  assert.ok(waiters !== undefined, 'a greenlet keeps who waits for it in a field of that name');
  const first = waiters !== null && 'others' in waiters ? waiters.first : waiters;
  return first === null ? 0 : 1;
}

/** Fails when somebody still stands in line at one of the objects, or a timer still runs. */
export function assertNoTrace(...objects: object[]): void {
  for (const object of objects) assert.is(waitersOf(object), 0, 'a waiter was left behind in a wait queue');
  assert.is(getHub().timers.size, 0, 'a timer was left running');
}

function fieldsOf(object: object): unknown[] {
  return Object.entries(object).flatMap(([name, value]) => (OWN_PLACE.includes(name) ? [] : [value]));
}

function queuesOf(object: object): WaitQueue[] {
  return fieldsOf(object).filter((value) => value instanceof WaitQueue) as WaitQueue[];
}

function helpersOf(object: object): object[] {
  return fieldsOf(object).filter(
    (value) => typeof value === 'object' && value !== null && !(value instanceof RawGreenlet),
  ) as object[];
}
