import type { RawGreenlet } from '../greenlet/raw-greenlet.ts';
import type { Wait } from '../greenlet/wait.ts';

/** A wait that takes something when it ends. It can leave its line and return to its place. */
export interface TakingWait extends Wait {
  /** The line it stands in; null if it stands in none. */
  readonly queue: unknown;
  /** Leaves the line and returns its place; null if it cannot leave. */
  setAside(): unknown;
  /** Takes what is available now. Returns whether that ends the wait. */
  retry(): boolean;
  /** Takes its place in line again. */
  standAgain(place: unknown): void;
}

interface Aside {
  readonly wait: TakingWait;
  readonly place: unknown;
}

/**
 * The waits of branches that would take something. They stand aside while another branch has its turn, so that they are
 * not given anything. A wait leaves its line only if it would be served there, so a turn costs nothing for other waits.
 */
export class Takers {
  private isAside = false;
  /** The branches whose waits have left their lines; some may have continued since. Null in most combinators. */
  private absent: Map<RawGreenlet, Aside> | null = null;

  get areAside(): boolean {
    return this.isAside;
  }

  /** True if a wait has left its line. */
  get haveLeft(): boolean {
    return this.absent !== null;
  }

  /** From now on, no wait may be given anything. */
  standAside(): void {
    this.isAside = true;
  }

  /** Takes the wait of a branch out of its line. Returns whether it could leave. */
  remove(greenlet: RawGreenlet, wait: TakingWait): boolean {
    const place = wait.setAside();
    if (place === null) return false;
    this.absent ??= new Map();
    this.absent.set(greenlet, { wait, place });
    return true;
  }

  /** Called when the branch has continued: its previous wait is over. */
  forget(greenlet: RawGreenlet): void {
    this.absent?.delete(greenlet);
  }

  /** Lets waits that have left their lines take what is available, until one succeeds. Returns whether one did. */
  retry(): boolean {
    if (this.absent === null) return false;
    for (const [greenlet, aside] of this.absent) if (isAbsent(greenlet, aside) && aside.wait.retry()) return true;
    return false;
  }

  /** From now on, waits may be given something again. Those that have left their lines return to their places. */
  standAgain(): void {
    const { absent } = this;
    this.isAside = false;
    this.absent = null;
    if (absent === null) return;
    // In reverse order, so that neighbours find each other.
    for (const [greenlet, aside] of [...absent].reverse()) {
      if (isAbsent(greenlet, aside)) aside.wait.standAgain(aside.place);
    }
  }

  /**
   * Lets all waits that have left their lines continue by themselves: they take what is available, or return to their
   * lines.
   */
  release(): void {
    if (this.absent !== null) {
      for (const [greenlet, aside] of this.absent) if (isAbsent(greenlet, aside)) aside.wait.retry();
    }
    this.standAgain();
  }
}

/** Whether the branch still waits, outside its line. */
function isAbsent(greenlet: RawGreenlet, { wait }: Aside): boolean {
  return greenlet.waiting === wait && wait.queue === null;
}
