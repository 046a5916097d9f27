import type { Totals } from '../inspect/console/protocol.ts';

/** How many samples the charts show: two minutes. */
const SAMPLES = 120;

/** The totals over time, as charts want them. Times are in seconds since 1970. */
export interface History {
  readonly at: readonly number[];
  readonly waiting: readonly number[];
  readonly ready: readonly number[];
  /** Per second. */
  readonly switches: readonly (number | null)[];
  readonly spawned: readonly (number | null)[];
  readonly delay: readonly number[];
  readonly busy: readonly number[];
}

export const noHistory: History = { at: [], waiting: [], ready: [], switches: [], spawned: [], delay: [], busy: [] };

/** Adds the latest totals. A new view begins with totals that are already there; these change nothing. */
export function withTotals(history: History, before: Totals | null, totals: Totals): History {
  const { at, hub, delay, busy } = totals;
  if (before !== null && before.at >= at) return history;
  const seconds = before === null ? 0 : (at - before.at) / 1_000;
  const rate = (now: number, then: number | undefined): number | null =>
    seconds < 0.2 || then === undefined || now < then ? null : (now - then) / seconds;
  const add = <T>(list: readonly T[], value: T): T[] => [...list, value].slice(-SAMPLES);
  return {
    at: add(history.at, at / 1_000),
    waiting: add(history.waiting, hub.waiting),
    ready: add(history.ready, hub.ready),
    switches: add(history.switches, rate(totals.switches, before?.switches)),
    spawned: add(history.spawned, rate(hub.spawned, before?.hub.spawned)),
    delay: add(history.delay, delay),
    busy: add(history.busy, busy),
  };
}
