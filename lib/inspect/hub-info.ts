import type { RawGreenlet } from '../greenlet/raw-greenlet.ts';
import { hub } from '../hub/loop/hub.ts';
import { counts } from '../hub/tasks/greenlet-counts.ts';
import { livingGreenlets } from './every-greenlet.ts';
import { stateOf } from './greenlet-info.ts';
import { measured } from './measured.ts';

/** The numbers of a hub. */
export interface HubInfo {
  /** The greenlets that were found, even those past `limit`. */
  readonly greenlets: number;
  /** How many are about to run. */
  readonly ready: number;
  /** How many wait. */
  readonly waiting: number;
  /** The timers that run. */
  readonly timers: number;
  /** How many greenlets were made in this thread so far, and how many of them have ended. */
  readonly spawned: number;
  readonly ended: number;
  /** How many times another greenlet has run; null unless `stats()` is on. */
  readonly switches: number | null;
}

/**
 * The numbers of the hub of this thread.
 *
 * @param greenlets how many are listed, if these are more than the living ones
 */
export function hubInfo(living: readonly RawGreenlet[] = livingGreenlets(), greenlets = 0): HubInfo {
  const states = { unstarted: 0, ready: 0, running: 0, waiting: 0 };
  for (const greenlet of living) states[stateOf(greenlet)] += 1;
  return {
    greenlets: Math.max(living.length, greenlets),
    ready: states.ready,
    waiting: states.waiting,
    timers: hub.timers.size,
    spawned: counts.created,
    ended: counts.ended,
    switches: measured.by?.switches ?? null,
  };
}
