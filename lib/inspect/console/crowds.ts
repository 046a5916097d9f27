import type { RawGreenlet } from '../../greenlet/raw-greenlet.ts';
import { placeOf } from '../every-greenlet.ts';
import { type Tally, tally } from '../gather.ts';
import { generalWait } from '../general-wait.ts';
import { kindOfGreenlet, waitText } from '../greenlet-info.ts';
import { originKey, originOf } from '../origin.ts';
import type { Crowd } from './protocol.ts';

/** What a greenlet is grouped by; null if it belongs to no group. */
export const labels: Readonly<Record<'wait' | 'site', (greenlet: RawGreenlet) => string | null>> = {
  wait: (greenlet) => waitOf(greenlet, placeOf(greenlet)),
  site: (greenlet) => (kindOfGreenlet(greenlet) === 'main' ? null : originOf(greenlet)),
};

/** The largest groups first. */
export function crowdsBy(greenlets: readonly RawGreenlet[], by: 'wait' | 'site'): Crowd[] {
  const counts = new Map<string, number>();
  for (const { first, count } of by === 'wait' ? sameWaits(greenlets) : sameSites(greenlets)) {
    const label = labels[by](first);
    if (label !== null) counts.set(label, (counts.get(label) ?? 0) + count);
  }
  return [...counts].map(([label, count]) => ({ label, count })).sort((a, b) => b.count - a.count);
}

function sameSites(greenlets: readonly RawGreenlet[]): Iterable<Tally<RawGreenlet>> {
  return tally(greenlets, (greenlet) => (kindOfGreenlet(greenlet) === 'main' ? null : originKey(greenlet))).values();
}

/** All waits of one kind at one object have the same text, so we make it only once. */
function sameWaits(greenlets: readonly RawGreenlet[]): Iterable<Tally<RawGreenlet>> {
  const kindsOf = new Map<object, Map<unknown, object>>();
  return tally(greenlets, (greenlet) => {
    const place = placeOf(greenlet);
    if (place === null) return waitOf(greenlet, null);
    let kinds = kindsOf.get(place);
    if (kinds === undefined) {
      kinds = new Map();
      kindsOf.set(place, kinds);
    }
    // An unstarted greenlet has no wait: it waits for a slot of its pool.
    const kind = greenlet.waiting?.constructor;
    let key = kinds.get(kind);
    if (key === undefined) {
      key = { place, kind };
      kinds.set(kind, key);
    }
    return key;
  }).values();
}

/** Describes the wait of a greenlet, but leaves out details that differ between greenlets, or change often, such as a lock's holder. */
function waitOf(greenlet: RawGreenlet, place: object | null): string | null {
  const text = waitText(greenlet, place);
  if (text === null) return null;
  return place === null ? generalWait(text) : text.replace(/, held by .*$/s, '');
}
