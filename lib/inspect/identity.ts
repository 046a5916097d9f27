import type { RawGreenlet } from '../greenlet/raw-greenlet.ts';
import { cut } from '../greenlet/shown.ts';
import { safeText } from '../hub/reports/error-text.ts';
import { numberOf } from '../hub/tasks/greenlet-number.ts';
import { isOfMain } from '../hub/tasks/owner.ts';

/** The id of main: the code outside greenlets. */
export const MAIN_ID = 0;

/** Texts of a snapshot have at most this many characters. */
export const LONGEST_TEXT = 300;

/** Shown in place of a value that cannot be converted to a string. */
export const NOT_TO_BE_SHOWN = '(cannot be shown)';

const objects = new WeakMap<object, string>();
let lastRenamed = 0;

/** The number that a snapshot names a greenlet by. Each `await` in main has its own as long as it waits. */
export function greenletId(greenlet: RawGreenlet): number {
  return isOfMain(greenlet) && greenlet.dead ? MAIN_ID : numberOf(greenlet);
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
  return safeText(() => object.constructor.name);
}

/** The name of an object in messages, in one line; empty if it has none. */
export function nameOf(object: object): string {
  return safeText(() => {
    const { name } = object as { name?: unknown };
    return typeof name === 'string' ? cut(name, LONGEST_TEXT) : '';
  });
}

/** An object by its id and, if the program has named it, by that name: `Queue~1 "jobs"`. */
export function objectTitle(id: string, name: string): string {
  return name === id || name === '' ? id : `${id} "${name}"`;
}
