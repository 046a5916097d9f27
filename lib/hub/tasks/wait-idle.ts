import { kernel } from '../../greenlet/kernel.ts';
import type { RawGreenlet } from '../../greenlet/raw-greenlet.ts';
import type { TimeoutOption } from '../checks/checks.ts';
import { hub, type IdleWait } from '../loop/hub.ts';
import { deadlineOf } from '../parking/deadline.ts';
import { Suspension } from '../parking/suspension.ts';

/** Waits until nothing is left to do. */
export class WaitIdle extends Suspension<boolean> implements IdleWait {
  constructor(options: TimeoutOption | undefined) {
    super();
    this.deadline = deadlineOf(this, options);
  }

  describe(): string {
    return 'the hub to be idle';
  }

  protected override unregister(): void {
    super.unregister();
    hub.idleWaits.delete(this);
  }

  protected override tryNow(): boolean {
    this.value = true;
    return onlyIdlersLeft(kernel.current);
  }

  protected override register(): void {
    hub.idleWaits.add(this);
  }

  timedOut(): boolean {
    return false;
  }

  check(): void {
    if (onlyIdlersLeft(null)) this.finish();
  }

  finish(): void {
    hub.idleWaits.delete(this);
    this.complete(true);
  }
}

/** True if every living greenlet except `asking` waits for the hub to be idle, or for a greenlet that does. */
function onlyIdlersLeft(asking: RawGreenlet | null): boolean {
  const idlers = new Set<RawGreenlet>();
  for (const greenlet of hub.living()) if (greenlet !== asking && !waitsForIdle(greenlet, idlers)) return false;
  return true;
}

/** @param idlers the greenlets of which that is known to be true */
function waitsForIdle(greenlet: RawGreenlet, idlers: Set<RawGreenlet>): boolean {
  let reachesIdler = false;
  // The set grows meanwhile. There is no recursion, because a chain may contain every greenlet.
  const reached = new Set([greenlet]);
  for (const each of reached) {
    const { waiting } = each;
    if (waiting instanceof WaitIdle || idlers.has(each)) {
      reachesIdler = true;
      continue;
    }
    const blockers = waiting instanceof Suspension ? [...waiting.blockers()] : [];
    if (blockers.length === 0) return false;
    for (const blocker of blockers) reached.add(blocker);
  }
  if (reachesIdler) for (const each of reached) idlers.add(each);
  return reachesIdler;
}
