import type { RawGreenlet } from '../greenlet/raw-greenlet.ts';
import { UNSTARTED } from '../greenlet/state.ts';
import { blockersOf } from './every-greenlet.ts';
import { greenletInfo, stateOf } from './greenlet-info.ts';
import { leakWarnings } from './leaks.ts';
import { measured } from './measured.ts';
import { LONG_RUN, MANY_SPINS, untakenWarnings, type Warning, warningsOf } from './warnings.ts';

/** Finds the warnings about these greenlets. It describes only the greenlets that a warning may name, because that is slow. */
export function findWarnings(greenlets: readonly RawGreenlet[]): Warning[] {
  const suspects = greenlets.filter(isSuspect).map((greenlet) => greenletInfo(greenlet, false));
  return [...warningsOf(suspects), ...leakWarnings(greenlets), ...untakenWarnings(measured.by?.failures ?? [])];
}

/** False if none of the rules can apply. */
function isSuspect(greenlet: RawGreenlet): boolean {
  const state = stateOf(greenlet);
  if (state === 'running' || state === 'unstarted' || mayBeStuck(greenlet)) return true;
  const measures = measured.by?.of(greenlet) ?? null;
  return measures !== null && (measures.longest > LONG_RUN || measures.spins > MANY_SPINS);
}

/** True if it waits for greenlets that have not begun, have ended, or wait for other greenlets themselves. */
function mayBeStuck(greenlet: RawGreenlet): boolean {
  let isBlocked = false;
  let areBlocked = true;
  for (const blocker of blockersOf(greenlet)) {
    if (blocker.dead || blocker.state === UNSTARTED) return true;
    isBlocked = true;
    areBlocked &&= isBlockedByAny(blocker);
  }
  return isBlocked && areBlocked;
}

function isBlockedByAny(greenlet: RawGreenlet): boolean {
  for (const _ of blockersOf(greenlet)) return true;
  return false;
}
