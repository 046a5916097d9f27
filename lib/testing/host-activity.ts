import { activity } from '../hub/loop/host-process.ts';

/** Activities that settle no promise: greenhub's own turns of the event loop, and listening servers. */
const IDLE_KINDS = ['Immediate', 'TCPServerWrap'];

/** Compares the activity of the event loop with that at its creation. */
export class HostActivity {
  private readonly before = countKinds();

  /** True if there is more activity than at its creation, and also if the host cannot tell. */
  hasGrown(): boolean {
    const now = countKinds();
    if (now === null || this.before === null) return true;
    for (const [kind, count] of now) if (count > (this.before.get(kind) ?? 0)) return true;
    return false;
  }
}

function countKinds(): Map<string, number> | null {
  const kinds = activity();
  if (kinds === null) return null;
  const counts = new Map<string, number>();
  for (const kind of kinds) if (!IDLE_KINDS.includes(kind)) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return counts;
}
