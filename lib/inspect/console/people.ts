import type { RawGreenlet } from '../../greenlet/raw-greenlet.ts';
import { cut } from '../../greenlet/shown.ts';
import { nameText } from '../greenlet-info.ts';
import { greenletId } from '../identity.ts';
import { type ObjectUse, objectState } from '../object-info.ts';
import type { Warning } from '../warnings.ts';
import type { ObjectRow, People, WarningRow } from './protocol.ts';

/** A list names this many greenlets, and counts the others. */
const NAMED = 24;
const LONGEST = 120;

/** The first of many greenlets by name. */
export function peopleOf(greenlets: readonly RawGreenlet[]): People {
  const some = greenlets.slice(0, NAMED).map((each) => ({ id: greenletId(each), name: shortName(each) }));
  return { count: greenlets.length, some };
}

export function objectRow({ object, holders, waiters }: ObjectUse): ObjectRow {
  return { ...objectState(object), holders: peopleOf(holders), waiters: peopleOf(waiters) };
}

/** Warnings with the names of their greenlets. One that has ended meanwhile is known by its number. */
export function warningRows(warnings: readonly Warning[], living: readonly RawGreenlet[]): WarningRow[] {
  const mentioned = new Set(warnings.flatMap(({ greenlets }) => greenlets.slice(0, NAMED)));
  const names = new Map<number, string>();
  if (mentioned.size > 0) {
    for (const greenlet of living) {
      const id = greenletId(greenlet);
      if (mentioned.has(id)) names.set(id, shortName(greenlet));
    }
  }
  return warnings.map((warning) => {
    const { greenlets } = warning;
    const some = greenlets.slice(0, NAMED).map((id) => ({ id, name: names.get(id) ?? `#${id}` }));
    return { ...warning, greenlets: { count: greenlets.length, some } };
  });
}

/** Its name, for a place with little room. */
export function shortName(greenlet: RawGreenlet): string {
  return cut(nameText(greenlet), LONGEST);
}
