/**
 * Detects a deadlock: no greenlet is ready, no timer runs, and the event loop is empty. If main is waiting, it receives a
 * `LoopExit` that lists every blocked greenlet and what it waits for. If main is not waiting, blocked greenlets alone are not
 * an error (the consumers of a queue often end this way). A cycle among them is an error, and is reported.
 */
import { kernel } from '../../greenlet/kernel.ts';
import type { RawGreenlet } from '../../greenlet/raw-greenlet.ts';
import { PARKED, SUSPENDED, THROW } from '../../greenlet/state.ts';
import { LoopExit } from '../loop/errors.ts';
import { setExitCode } from '../loop/host-process.ts';
import { hub } from '../loop/hub.ts';
import { MainWait } from '../loop/main-wait.ts';

/** What each greenlet waited for when its deadlock was reported, so that no deadlock is reported twice. */
const told = new WeakMap<RawGreenlet, RawGreenlet['waiting']>();

/** A report lists this many greenlets, and counts the rest. */
const LISTED = 100;

/** Looks for a deadlock when the event loop is empty. Returns true if a waiter was woken. */
export function reportDeadlock(): boolean {
  if (!hub.idle) return false;
  if (releaseIdleWaits()) return true;
  const blocked = [...hub.living()].filter((greenlet) => greenlet.state === PARKED || greenlet.state === SUSPENDED);
  const waits = blocked.filter((greenlet) => greenlet instanceof MainWait);
  if (waits.length > 0) {
    const message = explain(blocked);
    hub.onDeadlock?.();
    noteTold(blocked);
    for (const wait of waits) {
      wait.waiting?.abort();
      hub.wake(wait, THROW, new LoopExit(message));
    }
    return true;
  }
  const [first] = findCycle(blocked.filter((greenlet) => told.get(greenlet) !== greenlet.waiting));
  if (first === undefined) return false;
  setExitCode(1);
  hub.onDeadlock?.();
  hub.tell(first, new LoopExit(explain(blocked)));
  noteTold(blocked);
  return false;
}

function noteTold(blocked: readonly RawGreenlet[]): void {
  for (const greenlet of blocked) told.set(greenlet, greenlet.waiting);
}

/** Wakes the callers of `waitIdle()`. Returns true if there were any. */
export function releaseIdleWaits(): boolean {
  const waits = [...hub.idleWaits];
  for (const wait of waits) wait.finish();
  return waits.length > 0;
}

/** The message of a `LoopExit`: what each blocked greenlet waits for, and the cycle if there is one. */
export function explain(blocked: readonly RawGreenlet[]): string {
  const lines = [
    'nothing can wake the greenlets that are blocked: no greenlet is ready, no timer runs, no I/O is under way.',
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

/** A cycle: each greenlet waits for the next, and the last waits for the first. Empty if there is no cycle. */
function findCycle(blocked: readonly RawGreenlet[]): RawGreenlet[] {
  const done = new Set<RawGreenlet>();
  for (const start of blocked) {
    // A depth-first search without recursion, because a chain may contain every greenlet.
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
    // Main owns what an earlier wait took. It is blocked in its present waits.
    else for (const other of hub.living()) if (other instanceof MainWait) yield other;
  }
}
