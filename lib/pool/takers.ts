import type { Aside } from '../greenlet/branching.ts';
import type { RawGreenlet } from '../greenlet/raw-greenlet.ts';

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

  /** Called when the wait of a branch has left its line. */
  add(greenlet: RawGreenlet, aside: Aside): void {
    this.absent ??= new Map();
    this.absent.set(greenlet, aside);
  }

  /** Called when the branch has continued: its previous wait is over. */
  forget(greenlet: RawGreenlet): void {
    this.absent?.delete(greenlet);
  }

  /** Lets waits that have left their lines take what is available, until one succeeds. Returns whether one did. */
  tryAgain(): boolean {
    if (this.absent === null) return false;
    for (const [greenlet, aside] of this.absent) if (isAbsent(greenlet, aside) && aside.tryAgain()) return true;
    return false;
  }

  /** From now on, waits may be given something again. Those that have left their lines return to their places. */
  standAgain(): void {
    const { absent } = this;
    this.isAside = false;
    this.absent = null;
    if (absent === null) return;
    // In reverse order, so that each finds its place at the front of its line.
    for (const [greenlet, aside] of [...absent].reverse()) if (isAbsent(greenlet, aside)) aside.standAgain();
  }

  /**
   * Lets all waits that have left their lines continue by themselves: they take what is available, or return to their
   * lines.
   */
  release(): void {
    if (this.absent !== null) {
      for (const [greenlet, aside] of this.absent) if (isAbsent(greenlet, aside)) aside.tryAgain();
    }
    this.standAgain();
  }
}

/** Whether the branch still waits, outside its line. */
function isAbsent(greenlet: RawGreenlet, { wait }: Aside): boolean {
  return greenlet.waiting === wait && wait.queue === null;
}
