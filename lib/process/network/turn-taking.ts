/**
 * Fairness between the thread in which a shared object lives and the others. Requests of others are messages, which arrive only when
 * the event loop turns. The thread itself needs no message, so in a loop it could use the object again and again before the next
 * one arrives. So it lets the event loop turn from time to time, and each time while others are using the object.
 */

/** So many uses count as at the same time as one by another thread. */
const TOGETHER = 64;
/** So many uses may follow one another while no other thread is known to use the object. */
const ALONE = 64;

class Uses {
  /** How many more uses are at the same time as one by another thread. */
  together = 0;
  /** The uses since the event loop was last let turn. */
  alone = 0;
}

const uses = new Map<string, Uses>();

/** Others can use the object from now on. */
export function mayBeUsed(object: string): void {
  if (!uses.has(object)) uses.set(object, new Uses());
}

/** Nobody uses the object any more. */
export function isOver(object: string): void {
  uses.delete(object);
}

/** Another thread has used the object. */
export function wasUsed(object: string): void {
  const use = uses.get(object);
  if (use !== undefined) use.together = TOGETHER;
}

/** Tells whether the thread of the object must let the event loop turn before it uses the object. */
export function mustWaitForOthers(object: string): boolean {
  const use = uses.get(object);
  if (use === undefined) return false;
  use.alone += 1;
  if (use.together > 0) use.together -= 1;
  else if (use.alone < ALONE) return false;
  use.alone = 0;
  return true;
}
