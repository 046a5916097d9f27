import { kept, listBehind } from '../greenlet/kept.ts';
import { kernel } from '../greenlet/kernel.ts';
import { RESUMED } from '../greenlet/life.ts';
import type { RawGreenlet } from '../greenlet/raw-greenlet.ts';
import { UNSTARTED } from '../greenlet/state.ts';
import { hub } from '../hub/loop/hub.ts';
import { endWaiters } from '../hub/tasks/end-waiters.ts';
import { Greenlet } from '../hub/tasks/greenlet.ts';
import type { Group } from '../pool/group.ts';
import { Member } from '../pool/member.ts';
import { Pool } from '../pool/pool.ts';

/**
 * Main, and the greenlets that we keep alive or that will run, oldest first. A raw greenlet that has switched away is known only to the
 * program.
 */
export function livingGreenlets(): RawGreenlet[] {
  const living = listBehind(kernel.main, kept);
  for (const greenlet of hub.notKept()) living.push(greenlet);
  const { current } = kernel;
  if (current.place === 0 && !living.includes(current)) living.push(current);
  return living;
}

/** These greenlets, followed by the unstarted ones that one of them waits for or shares a group with. */
export function withUnstarted(greenlets: readonly RawGreenlet[]): readonly RawGreenlet[] {
  const unstarted = new Set<RawGreenlet>();
  const groups = new Set<Group>();
  for (const greenlet of greenlets) {
    for (const blocker of blockersOf(greenlet)) if (blocker.state === UNSTARTED) unstarted.add(blocker);
    for (const group of groupsOf(greenlet)) groups.add(group);
  }
  for (const group of groups) for (const member of group) if (member.state === UNSTARTED) unstarted.add(member);
  if (unstarted.size === 0) return greenlets;
  for (const greenlet of greenlets) unstarted.delete(greenlet);
  return [...greenlets, ...unstarted];
}

/** The greenlets that could end its wait, as far as known. */
export function blockersOf({ waiting }: RawGreenlet): Iterable<RawGreenlet> {
  return waiting === null ? nobody : waiting.blockers();
}

const nobody: readonly RawGreenlet[] = [];

const none: readonly Group[] = [];

/** The groups that a greenlet is a member of. */
export function groupsOf(greenlet: RawGreenlet): readonly Group[] {
  if (!(greenlet instanceof Greenlet) || greenlet.waiters === null) return none;
  return endWaiters(greenlet.waiters)
    .filter((waiter) => waiter instanceof Member)
    .map(({ group }) => group);
}

/** True if an unstarted greenlet is in the run queue. */
export function isAboutToBegin({ branching, input, place }: RawGreenlet): boolean {
  // A branch enters the list of kept greenlets when its turn comes, shortly before it begins.
  return input === RESUMED || (branching !== null && place !== 0);
}

/** The object or the greenlet that a greenlet waits at: for an unstarted member of a pool, the pool. Null if there is none. */
export function placeOf(greenlet: RawGreenlet): object | null {
  const { state, waiting } = greenlet;
  if (waiting !== null) return waiting.at();
  if (state !== UNSTARTED || isAboutToBegin(greenlet)) return null;
  return groupsOf(greenlet).find((group) => group instanceof Pool) ?? null;
}
