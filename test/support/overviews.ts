import type { GreenletInfo } from '../../lib/inspect/greenlet-info.ts';
import type { ProgramOverview } from '../../lib/inspect/requests.ts';

/** An overview of these greenlets. */
export function overviewOf(greenlets: GreenletInfo[], fields: Partial<ProgramOverview> = {}): ProgramOverview {
  const { length } = greenlets;
  return {
    pid: 4711,
    elapsed: 10_000,
    took: 1,
    hub: { greenlets: length, ready: 0, waiting: length, timers: 2, spawned: 40, ended: 3, switches: 100 },
    greenlets,
    places: [{ place: 'Queue#1', greenlets: length }],
    otherPlaces: 2,
    children: [],
    ...fields,
  };
}
