/**
 * Tells when nothing can ever happen again: no greenlet is ready, no timer runs, and the event loop is empty. Then
 * waiting main code gets a LoopExit that says who waits for what. Where nobody waits in main, greenlets that are
 * blocked for ever are no fault by themselves (consumers of a queue end so), but a cycle among them is, and is reported.
 */
import { kernel } from '../../greenlet/kernel.ts';
import type { RawGreenlet } from '../../greenlet/raw-greenlet.ts';
import { PARKED, SUSPENDED, THROW } from '../../greenlet/state.ts';
import { LoopExit } from '../loop/errors.ts';
import { host } from '../loop/host.ts';
import { getHub } from '../loop/hub.ts';
import { MainWait } from '../loop/main-wait.ts';

const hub = getHub();

/** What greenlets waited for when a deadlock was reported: the same one is not reported again. */
const told = new WeakMap<RawGreenlet, RawGreenlet['waiting']>();

/** More greenlets than this are counted and not listed. */
const LISTED = 100;

/** Looks for a deadlock when the event loop has run empty. Returns true if somebody who waited goes on. */
export function reportDeadlock(): boolean {
  if (!hub.idle) return false;
  if (releaseIdleWaits()) return true;
  const blocked = [...hub.living()].filter((greenlet) => greenlet.state === PARKED || greenlet.state === SUSPENDED);
  const waits = blocked.filter((greenlet) => greenlet instanceof MainWait);
  if (waits.length > 0) {
    const message = explain(blocked);
    noteTold(blocked);
    for (const wait of waits) {
      wait.waiting?.abort();
      hub.ready(wait, THROW, new LoopExit(message));
    }
    return true;
  }
  const [first] = findCycle(blocked.filter((greenlet) => told.get(greenlet) !== greenlet.waiting));
  if (first === undefined) return false;
  host.setExitCode(1);
  hub.tell(first, new LoopExit(explain(blocked)));
  noteTold(blocked);
  return false;
}

function noteTold(blocked: readonly RawGreenlet[]): void {
  for (const greenlet of blocked) told.set(greenlet, greenlet.waiting);
}

/** Ends the waits for nothing to be left to happen. True if there were any. */
export function releaseIdleWaits(): boolean {
  const waits = [...hub.idleWaits];
  for (const wait of waits) wait.finish();
  return waits.length > 0;
}

/** The text of a LoopExit: who waits for what, and the cycle if there is one. */
export function explain(blocked: readonly RawGreenlet[]): string {
  const lines = [
    'nothing can wake the greenlets that are blocked: no one is ready, no timer runs, no I/O is under way.',
  ];
  for (const greenlet of blocked.slice(0, LISTED)) lines.push(`  ${greenlet.name} waits for ${whatFor(greenlet)}`);
  if (blocked.length > LISTED) lines.push(`  … and ${blocked.length - LISTED} more`);
  const cycle = findCycle(blocked);
  const [first] = cycle;
  if (first !== undefined) {
    const steps = cycle.map((greenlet) => `${greenlet.name} waits for ${whatFor(greenlet)}`);
    lines.push(`  cycle: ${steps.join('; ')}; and so on from ${first.name}`);
  }
  return lines.join('\n');
}

function whatFor(greenlet: RawGreenlet): string {
  return greenlet.waiting === null ? 'a switch back to it' : greenlet.waiting.describe();
}

/** Greenlets each of which waits for the next, and the last for the first; empty when there are none. */
function findCycle(blocked: readonly RawGreenlet[]): RawGreenlet[] {
  const done = new Set<RawGreenlet>();
  for (const start of blocked) {
    // Depth first, without recursion: a chain may be as long as there are greenlets.
    const path: { greenlet: RawGreenlet; next: Iterator<RawGreenlet> }[] = [];
    const onPath = new Set<RawGreenlet>();
    const descend = (greenlet: RawGreenlet): void => {
      path.push({ greenlet, next: blockersOf(greenlet)[Symbol.iterator]() });
      onPath.add(greenlet);
    };
    if (!done.has(start)) descend(start);
    while (path.length > 0) {
      const { greenlet, next } = path[path.length - 1] as (typeof path)[number];
      const step = next.next();
      if (step.done === true) {
        path.pop();
        onPath.delete(greenlet);
        done.add(greenlet);
      } else if (onPath.has(step.value)) {
        const members = path.map((entry) => entry.greenlet);
        return members.slice(members.indexOf(step.value));
      } else if (!done.has(step.value)) descend(step.value);
    }
  }
  return [];
}

function* blockersOf(greenlet: RawGreenlet): Generator<RawGreenlet, void, unknown> {
  if (greenlet === kernel.main || greenlet.waiting === null) return;
  for (const blocker of greenlet.waiting.blockers()) {
    if (!(blocker instanceof MainWait && blocker.dead)) yield blocker;
    // Main holds what it once awaited, and is now in whatever it awaits.
    else for (const other of hub.living()) if (other instanceof MainWait) yield other;
  }
}
