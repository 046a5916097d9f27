import type { GreenletInfo } from '../greenlet-info.ts';
import { originOf } from '../warnings.ts';
import type { Crowd } from './protocol.ts';

/** What a greenlet is grouped by; null if it belongs to no group. */
export type Grouping = (info: GreenletInfo) => string | null;

export const groupings: Readonly<Record<'wait' | 'site', Grouping>> = {
  wait: waitOf,
  site: (info) => (info.kind === 'main' ? null : originOf(info)),
};

/**
 * What a greenlet waits for, without what differs from greenlet to greenlet or changes all the time: the holder of a lock, the
 * arguments of `sleep(5)`, the path of a URL.
 */
function waitOf({ waitsFor, waitsForId }: GreenletInfo): string | null {
  if (waitsFor === null) return null;
  if (waitsForId !== null) return waitsFor.replace(/, held by .*$/s, '');
  return waitsFor.replace(/\(.*$/s, '(…)').replace(/(https?:\/\/[^/\s]+)\S*/, '$1/…');
}

/** The largest groups first. */
export function crowdsBy(greenlets: readonly GreenletInfo[], grouping: Grouping): Crowd[] {
  const counts = new Map<string, number>();
  for (const info of greenlets) {
    const label = grouping(info);
    if (label !== null) counts.set(label, (counts.get(label) ?? 0) + 1);
  }
  return [...counts].map(([label, count]) => ({ label, count })).sort((a, b) => b.count - a.count);
}
