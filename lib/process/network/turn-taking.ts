/**
 * Fairness between the thread in which a shared object lives and the others. Requests of others are messages, which arrive only when
 * the event loop turns. The thread itself needs no message, so in a loop it could use the object again and again before the next
 * one arrives. So it lets the event loop turn from time to time, and each time while others are using the object.
 */

/** So many uses count as at the same time as one by another thread. */
const TOGETHER = 64;
/** So many uses may follow one another while no other thread is known to use the object. */
const ALONE = 512;

/** How an object is used. */
export class Uses {
  /** How many more uses are at the same time as one by another thread. */
  together = 0;
  /** The uses since the event loop was last let turn. */
  alone = 0;

  /** Tells whether the thread of the object must let the event loop turn before it uses the object. */
  mustWaitForOthers(): boolean {
    this.alone += 1;
    if (this.together > 0) this.together -= 1;
    else if (this.alone < ALONE) return false;
    this.alone = 0;
    return true;
  }
}

const uses = new Map<string, Uses>();

/** Others can use the object from now on. */
export function mayBeUsed(object: string): void {
  if (!uses.has(object)) uses.set(object, new Uses());
}

/** Null if no other thread can use the object. */
export function usesOf(object: string): Uses | null {
  return uses.get(object) ?? null;
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
