import { checkedCount } from '../hub/checks/checks.ts';
import { checkedOptions, type OptionNames } from '../hub/checks/options.ts';
import { hub } from '../hub/loop/hub.ts';
import { countEnded, ids } from '../hub/tasks/greenlet.ts';
import { livingGreenlets, withUnstarted } from './every-greenlet.ts';
import { type GreenletInfo, greenletInfo, stateOf } from './greenlet-info.ts';
import { measured } from './measured.ts';
import { type ObjectInfo, objectInfos } from './object-info.ts';
import { untakenWarnings, type Warning, warningsOf } from './warnings.ts';

export interface SnapshotOptions {
  /** Whether to give the stack of each greenlet that waits. Off by default: a stack takes some microseconds. */
  stacks?: boolean;
  /** The largest number of greenlets to describe, oldest first. All by default. The warnings concern only these. */
  limit?: number;
}

const OPTIONS: OptionNames<SnapshotOptions> = { stacks: 'boolean', limit: 'number' };

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

/** What a thread does at one moment, as plain data. */
export interface Snapshot {
  readonly pid: number;
  /** The time: milliseconds since 1970. */
  readonly at: number;
  readonly hub: HubInfo;
  readonly greenlets: readonly GreenletInfo[];
  readonly objects: readonly ObjectInfo[];
  readonly warnings: readonly Warning[];
}

// Captured, because a fake clock may replace it.
const { now } = Date;

/**
 * Describes all greenlets of this thread and the objects that they wait at. The result is plain data that can be sent as JSON. Taking
 * it changes nothing: no greenlet is woken, and nothing is kept alive.
 *
 * Times, numbers of runs and `hub.switches` are null, and warnings that need them are missing, until `stats()` was called.
 *
 * @param options `stacks` to include the stacks, `limit` for the number of greenlets
 * @throws RangeError unless `limit` is a whole number, at least 0, or Infinity
 *
 * @example
 * const { hub, warnings } = snapshot();
 * console.log(`${hub.waiting} greenlets wait`, warnings);
 */
export function snapshot(options?: SnapshotOptions): Snapshot {
  const { stacks = false, limit } = checkedOptions(options, OPTIONS, 'snapshot()') ?? {};
  const most = checkedCount(limit, 'limit');
  const living = livingGreenlets();
  const listed = withUnstarted(living.slice(0, most));
  const greenlets = listed.slice(0, most).map((greenlet) => greenletInfo(greenlet, stacks));
  const counts = { unstarted: 0, ready: 0, running: 0, waiting: 0 };
  for (const greenlet of living) counts[stateOf(greenlet)] += 1;
  return {
    pid: process.pid,
    at: now(),
    hub: {
      greenlets: Math.max(living.length, listed.length),
      ready: counts.ready,
      waiting: counts.waiting,
      timers: hub.timers.size,
      spawned: ids.last,
      ended: countEnded(),
      switches: measured.by?.switches ?? null,
    },
    greenlets,
    objects: objectInfos(listed),
    warnings: [...warningsOf(greenlets), ...untakenWarnings(measured.by?.failures ?? [])],
  };
}
