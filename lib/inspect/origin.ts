import type { RawGreenlet } from '../greenlet/raw-greenlet.ts';
import { Greenlet } from '../hub/tasks/greenlet.ts';
import { nameText, siteOf, textOf } from './greenlet-info.ts';

/** Where a greenlet was spawned or, if that is not known, the function that it runs. */
export function originOf(greenlet: RawGreenlet): string {
  return textOf(() => originKey(greenlet) || 'anonymous');
}

/** A key that tells origins apart. It may be any value of the program, because that is quicker to find than a text. */
export function originKey(greenlet: RawGreenlet): unknown {
  if (!(greenlet instanceof Greenlet)) return nameText(greenlet);
  // A greenlet of this class that has no rarities has neither a site nor a name of its own.
  if (greenlet.rarities === null && greenlet.constructor === Greenlet) return greenlet.run.name;
  return siteOf(greenlet) ?? nameText(greenlet).replace(`-${greenlet.id}`, '');
}
