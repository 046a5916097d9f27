import type { RawGreenlet } from '../greenlet/raw-greenlet.ts';
import { placeOf } from './every-greenlet.ts';
import { gather, tally } from './gather.ts';
import { kindOfGreenlet, stateOf, waitText } from './greenlet-info.ts';
import { greenletId } from './identity.ts';
import { originKey, originOf } from './origin.ts';
import type { Warning } from './warnings.ts';

/** This many greenlets of one origin at one place are probably a leak. */
const MANY_WAITERS = 1_000;

/** The warnings about greenlets that pile up. */
export function leakWarnings(greenlets: readonly RawGreenlet[]): Warning[] {
  const counts = tally(greenlets, waitedFor);
  const isLarge = [...counts.values()].some(({ count }) => count >= MANY_WAITERS);
  if (!isLarge) return [];
  const crowds = gather(greenlets, (greenlet) => {
    const place = waitedFor(greenlet);
    return place !== null && (counts.get(place)?.count ?? 0) >= MANY_WAITERS ? place : null;
  });
  return [...crowds.values()]
    .flatMap((crowd) => [...gather(crowd, originKey).values()])
    .filter(({ length }) => length >= MANY_WAITERS)
    .map(leak);
}

/** The object that a greenlet waits at, or else what it waits for, in words; null if it does not wait. */
function waitedFor(greenlet: RawGreenlet): object | string | null {
  if (stateOf(greenlet) !== 'waiting' || kindOfGreenlet(greenlet) === 'main') return null;
  return placeOf(greenlet) ?? waitText(greenlet, null);
}

function leak(crowd: readonly RawGreenlet[]): Warning {
  const [first] = crowd as readonly [RawGreenlet];
  return {
    kind: 'leak',
    message: `${crowd.length} greenlets of ${originOf(first)} wait for ${waitText(first, placeOf(first))}`,
    greenlets: crowd.map(greenletId),
  };
}
