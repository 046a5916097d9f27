import type { RawGreenlet } from '../greenlet/raw-greenlet.ts';
import { now } from './clock.ts';
import { livingGreenlets, placeOf } from './every-greenlet.ts';
import { type GreenletInfo, greenletInfo, idOf, stateOf } from './greenlet-info.ts';
import { greenletId } from './identity.ts';
import { measured } from './measured.ts';
import { type HubInfo, snapshot } from './snapshot.ts';

/** What to sort greenlets by: how long they have run, how long they have been in their state, how often they ran, or their age. */
export type OverviewOrder = 'busy' | 'since' | 'runs' | 'id';

export interface OverviewOptions {
  readonly sort: OverviewOrder;
  /** The largest number of greenlets. */
  readonly limit: number;
  /** The largest number of places. */
  readonly places: number;
}

/** How many greenlets wait at one place. */
export interface PlaceInfo {
  /** An object or greenlet, an operation such as `sleep()`, or `ready` for greenlets that wait for nothing. */
  readonly place: string;
  readonly greenlets: number;
}

/** A part of what a snapshot has, for a screen. */
export interface Overview {
  readonly pid: number;
  /** How long this has measured, in milliseconds. `busy` and `runs` of greenlets are since then. */
  readonly elapsed: number;
  /** How long it took to make this, in milliseconds. */
  readonly took: number;
  readonly hub: HubInfo;
  readonly greenlets: readonly GreenletInfo[];
  /** The places where most greenlets wait, and how many other places there are. */
  readonly places: readonly PlaceInfo[];
  readonly otherPlaces: number;
}

/**
 * Describes the greenlets that come first in an order. The others only count, so it is cheap with many.
 *
 * @param since when measuring began, in milliseconds of `performance.now()`
 */
export function overview({ sort, limit, places }: OverviewOptions, since: number): Overview {
  const begun = now();
  const { pid, hub } = snapshot({ limit: 0 });
  const living = livingGreenlets();
  const crowds = [...placesOf(living)].sort(([, a], [, b]) => b - a);
  const greenlets = firstOf(living, keys[sort], limit).map((greenlet) => greenletInfo(greenlet, false));
  return {
    pid,
    elapsed: begun - since,
    took: now() - begun,
    hub,
    greenlets,
    places: crowds.slice(0, places).map(([place, count]) => ({ place, greenlets: count })),
    otherPlaces: Math.max(0, crowds.length - places),
  };
}

/** Greenlets with the greatest keys come first. */
const keys: Record<OverviewOrder, (greenlet: RawGreenlet) => number> = {
  busy: (greenlet) => measured.by?.of(greenlet)?.busy ?? 0,
  runs: (greenlet) => measured.by?.of(greenlet)?.runs ?? 0,
  since: (greenlet) => measured.ageOf(greenlet) ?? 0,
  id: (greenlet) => -greenletId(greenlet),
};

/** The first of an order, without sorting the others. Of equals, the one that comes first in the list. */
function firstOf(
  greenlets: readonly RawGreenlet[],
  keyOf: (greenlet: RawGreenlet) => number,
  limit: number,
): RawGreenlet[] {
  const first: { key: number; greenlet: RawGreenlet }[] = [];
  for (const greenlet of greenlets) {
    const key = keyOf(greenlet);
    if (first.length === limit && key <= (first.at(-1)?.key ?? Infinity)) continue;
    const at = first.findIndex((other) => other.key < key);
    first.splice(at < 0 ? first.length : at, 0, { key, greenlet });
    if (first.length > limit) first.pop();
  }
  return first.map(({ greenlet }) => greenlet);
}

function placesOf(greenlets: readonly RawGreenlet[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const greenlet of greenlets) {
    const place = nameOfPlace(greenlet);
    counts.set(place, (counts.get(place) ?? 0) + 1);
  }
  return counts;
}

function nameOfPlace(greenlet: RawGreenlet): string {
  const state = stateOf(greenlet);
  if (state !== 'waiting') return state;
  const place = placeOf(greenlet);
  if (place !== null) {
    const id = idOf(place);
    return typeof id === 'string' ? id : `greenlet #${id}`;
  }
  // All calls of `sleep()` are one place.
  return String(greenlet.waiting?.describe() ?? 'a switch').replace(/\(.*$/s, '()');
}
