import * as assert from 'uvu/assert';
import { WaitQueue } from '../../lib/hub/loop/wait-queue.ts';
import { Greenlet, getHub, RawGreenlet } from '../../lib/index.ts';

/** The fields of an object that waits itself. They are not its own queues. */
const OWN_PLACE = ['queue', 'before', 'after'];

/**
 * The number of waiters in the wait queues of a lock, queue, event or result, and of its helpers (the lock of a
 * condition, the event of a queue that can be joined); or at a greenlet.
 */
export function waitersOf(object: object): number {
  const queues = [...queuesOf(object), ...helpersOf(object).flatMap(queuesOf)];
  assert.ok(queues.length > 0 || object instanceof Greenlet, 'the object keeps its wait queues in plain fields');
  return queues.reduce((sum, queue) => sum + [...queue].length, object instanceof Greenlet ? aloneAt(object) : 0);
}

/** 1 if a greenlet has a single waiter without a queue. */
function aloneAt(greenlet: Greenlet): number {
  const waiters = Reflect.get(greenlet, 'waiters') as { first?: unknown } | null;
  assert.ok(waiters !== undefined, 'a greenlet keeps who waits for it in a field of that name');
  const first = waiters !== null && 'others' in waiters ? waiters.first : waiters;
  return first === null ? 0 : 1;
}

/** Fails if a waiter is left at one of the objects, or a timer is still running. */
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
