import { kernel } from '../greenlet/kernel.ts';
import type { RawGreenlet } from '../greenlet/raw-greenlet.ts';
import { Greenlet } from '../hub/tasks/greenlet.ts';
import { isOfMain } from '../hub/tasks/owner.ts';

/** The id of main: the code outside greenlets. */
export const MAIN_ID = 0;

const greenlets = new WeakMap<RawGreenlet, number>();
const objects = new WeakMap<object, string>();
let lastRaw = 0;
let lastRenamed = 0;

/**
 * A number that is unique in this thread, and stays the same. A greenlet of `spawn()` has its own `id`. Main is 0. A raw greenlet, and
 * each `await` in main, gets a negative number when it is first looked at, so that looking does not change the numbers of others.
 */
export function greenletId(greenlet: RawGreenlet): number {
  if (greenlet instanceof Greenlet) return greenlet.id;
  if (greenlet === kernel.main || (isOfMain(greenlet) && greenlet.dead)) return MAIN_ID;
  let id = greenlets.get(greenlet);
  if (id === undefined) {
    lastRaw -= 1;
    id = lastRaw;
    greenlets.set(greenlet, id);
  }
  return id;
}

/**
 * A text that is unique in this thread, and stays the same: the name of the object as long as it has the name that it was made with
 * (`Queue#3`), or else its kind and a number (`Queue~1`).
 */
export function objectId(object: object): string {
  let id = objects.get(object);
  if (id === undefined) {
    const kind = kindOf(object);
    const name = nameOf(object);
    if (name.startsWith(`${kind}#`) && /^#\d+$/.test(name.slice(kind.length))) id = name;
    else {
      lastRenamed += 1;
      id = `${kind}~${lastRenamed}`;
    }
    objects.set(object, id);
  }
  return id;
}

/** The class of an object. */
export function kindOf(object: object): string {
  return object.constructor.name;
}

/** The name of an object in messages; empty if it has none. */
export function nameOf(object: object): string {
  const { name } = object as { name?: unknown };
  return typeof name === 'string' ? name : '';
}
