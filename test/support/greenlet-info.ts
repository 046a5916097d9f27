import type { GreenletInfo } from '../../lib/inspect/greenlet-info.ts';

/** A greenlet that waits for a queue, as a snapshot shows it while nothing is measured. */
export function greenletInfoOf(id: number, fields: Partial<GreenletInfo> = {}): GreenletInfo {
  return {
    id,
    name: `load-${id}`,
    kind: 'greenlet',
    state: 'waiting',
    waitsFor: 'an item of Queue#1',
    waitsForId: 'Queue#1',
    blockedBy: [],
    orphaned: false,
    since: null,
    spawnedBy: 0,
    groups: [],
    site: null,
    runs: null,
    busy: null,
    longest: null,
    spins: null,
    stack: null,
    ...fields,
  };
}

/** The same while `stats()` is on. */
export function measuredInfoOf(id: number, fields: Partial<GreenletInfo> = {}): GreenletInfo {
  return greenletInfoOf(id, { since: 1_500, runs: 4, busy: 25, longest: 10, spins: 0, ...fields });
}
