import { checkedCount } from '../hub/checks/checks.ts';
import { checkedOptions, type OptionNames } from '../hub/checks/options.ts';
import { livingGreenlets, withUnstarted } from './every-greenlet.ts';
import { findWarnings } from './find-warnings.ts';
import { type GreenletInfo, greenletInfo } from './greenlet-info.ts';
import { type HubInfo, hubInfo } from './hub-info.ts';
import { type ObjectInfo, objectInfos } from './object-info.ts';
import type { Warning } from './warnings.ts';

export interface SnapshotOptions {
  /** Whether to give the stack of each greenlet that waits. Off by default: a stack takes some microseconds. */
  stacks?: boolean | undefined;
  /** The largest number of greenlets to describe, oldest first. All by default. The warnings concern all. */
  limit?: number | undefined;
}

const OPTIONS: OptionNames<SnapshotOptions> = { stacks: 'boolean', limit: 'number' };

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
  const all = withUnstarted(living);
  const described = all.slice(0, most);
  const greenlets = described.map((greenlet) => greenletInfo(greenlet, stacks));
  return {
    pid: process.pid,
    at: now(),
    hub: hubInfo(living, all.length),
    greenlets,
    objects: objectInfos(described),
    warnings: findWarnings(all),
  };
}
