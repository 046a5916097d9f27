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
  for (const greenlet of hub.living()) if (greenlet !== asking && !waitsForIdle(greenlet, new Set())) return false;
  return true;
}

function waitsForIdle(greenlet: RawGreenlet, seen: Set<RawGreenlet>): boolean {
  const { waiting } = greenlet;
  if (waiting instanceof WaitIdle) return true;
  if (!(waiting instanceof Suspension) || seen.has(greenlet)) return false;
  seen.add(greenlet);
  const blockers = [...waiting.blockers()];
  return blockers.length > 0 && blockers.every((blocker) => waitsForIdle(blocker, seen));
}
