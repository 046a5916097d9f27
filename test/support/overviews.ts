import type { GreenletInfo } from '../../lib/inspect/greenlet-info.ts';
import type { Overview } from '../../lib/inspect/overview.ts';

/** A greenlet that waits for a queue. */
export function greenletInfoOf(id: number, fields: Partial<GreenletInfo> = {}): GreenletInfo {
  return {
    id,
    name: `work-${id}`,
    kind: 'greenlet',
    state: 'waiting',
    waitsFor: 'an item of Queue#1',
    waitsForId: 'Queue#1',
    blockedBy: [],
    orphaned: false,
    since: 1_500,
    spawnedBy: 0,
    groups: [],
    site: null,
    runs: 4,
    busy: 25,
    longest: 10,
    spins: 0,
    stack: null,
    ...fields,
  };
}

/** An overview of these greenlets. */
export function overviewOf(greenlets: GreenletInfo[], fields: Partial<Overview> = {}): Overview {
  const { length } = greenlets;
  return {
    pid: 4711,
    elapsed: 10_000,
    took: 1,
    hub: { greenlets: length, ready: 0, waiting: length, timers: 2, spawned: 40, ended: 3, switches: 100 },
    greenlets,
    places: [{ place: 'Queue#1', greenlets: length }],
    otherPlaces: 2,
    ...fields,
  };
}
