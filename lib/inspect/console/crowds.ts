import type { GreenletInfo } from '../greenlet-info.ts';
import { originOf } from '../warnings.ts';
import type { Crowd } from './protocol.ts';

/** What a greenlet is grouped by; null if it belongs to no group. */
export type Grouping = (info: GreenletInfo) => string | null;

export const groupings: Readonly<Record<'wait' | 'site', Grouping>> = {
  wait: ({ waitsFor }) => waitsFor,
  site: (info) => (info.kind === 'main' ? null : originOf(info)),
};

/** The largest groups first. */
export function crowdsBy(greenlets: readonly GreenletInfo[], grouping: Grouping): Crowd[] {
  const counts = new Map<string, number>();
  for (const info of greenlets) {
    const label = grouping(info);
    if (label !== null) counts.set(label, (counts.get(label) ?? 0) + 1);
  }
  return [...counts].map(([label, count]) => ({ label, count })).sort((a, b) => b.count - a.count);
}
