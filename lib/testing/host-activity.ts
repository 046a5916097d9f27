import { host } from '../hub/loop/host.ts';

/** What settles no promise by being there: our own turns of the event loop, and servers. */
const IDLE_KINDS = ['Immediate', 'TCPServerWrap'];

/** Tells whether more is under way in the event loop than when it was made. */
export class HostActivity {
  private readonly before = countKinds();

  /** Where the host does not tell, it may be. */
  hasGrown(): boolean {
    const now = countKinds();
    if (now === null || this.before === null) return true;
    for (const [kind, count] of now) if (count > (this.before.get(kind) ?? 0)) return true;
    return false;
  }
}

function countKinds(): Map<string, number> | null {
  const activity = host.activity();
  if (activity === null) return null;
  const counts = new Map<string, number>();
  for (const kind of activity) if (!IDLE_KINDS.includes(kind)) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return counts;
}
