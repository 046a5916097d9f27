import type { RawGreenlet, Wait } from '../greenlet/raw-greenlet.ts';
import { PARKED, SUSPENDED } from '../greenlet/state.ts';

/** A wait that takes something when it ends. It can leave its line and come back to its place. */
export interface TakingWait extends Wait {
  /** Leaves the line, and gives its place there; null when it stands in none. */
  setAside(): unknown;
  /** Takes what is available now; true if that ends the wait. */
  retry(): boolean;
  /** Takes its place in line again. */
  standAgain(place: unknown): void;
}

interface Aside {
  readonly wait: TakingWait;
  /** Null if it stood in no line. */
  readonly place: unknown;
}

/**
 * The branches whose waits would take something. While one branch has its turn, these waits stand aside. Other branches are
 * not in these lists, so a turn costs nothing for them.
 */
export class Takers {
  private readonly canTake: (wait: Wait | null) => wait is TakingWait;
  private isAside = false;
  /** Branches that may be in line, and branches that stand aside; some may have gone on since. Most combinators have none. */
  private inLine: Set<RawGreenlet> | null = null;
  private aside: Map<RawGreenlet, Aside> | null = null;

  constructor(canTake: (wait: Wait | null) => wait is TakingWait) {
    this.canTake = canTake;
  }

  get areAside(): boolean {
    return this.isAside;
  }

  /** Notes a branch that has suspended or ended. While the others stand aside, a branch that waits to take something does too. */
  note(greenlet: RawGreenlet): void {
    // Its previous wait is over.
    this.aside?.delete(greenlet);
    const { state } = greenlet;
    // It has switched to another greenlet, so nobody will tell us about its next wait.
    if (state === SUSPENDED) this.addInLine(greenlet);
    if (state !== PARKED) return;
    const wait = greenlet.waiting;
    if (!this.canTake(wait)) return;
    if (!this.isAside) {
      this.addInLine(greenlet);
      return;
    }
    this.aside ??= new Map();
    this.aside.set(greenlet, { wait, place: wait.setAside() });
  }

  /** Makes all of them leave their lines. */
  standAside(): void {
    if (this.isAside) return;
    this.isAside = true;
    const { inLine } = this;
    if (inLine === null) return;
    this.inLine = null;
    for (const greenlet of inLine) this.note(greenlet);
  }

  /** Lets branches that stand aside take what is available, until one succeeds; true if one does. */
  retry(): boolean {
    if (this.aside === null) return false;
    for (const [greenlet, aside] of this.aside) if (isAway(greenlet, aside) && aside.wait.retry()) return true;
    return false;
  }

  /** Puts all of them back into their places. */
  standAgain(): void {
    const { aside } = this;
    this.isAside = false;
    this.aside = null;
    if (aside === null) return;
    // Backwards, so that neighbours find each other.
    for (const [greenlet, each] of [...aside].reverse()) {
      if (isAway(greenlet, each)) each.wait.standAgain(each.place);
    }
    for (const [greenlet, { wait }] of aside) if (greenlet.waiting === wait) this.addInLine(greenlet);
  }

  /** Clears the list of branches in line. */
  clear(): void {
    this.inLine = null;
  }

  /** Lets all waiting branches go on by themselves: they take what is available, or join their line again. */
  release(): void {
    if (this.aside !== null) {
      for (const [greenlet, aside] of this.aside) if (isAway(greenlet, aside)) aside.wait.retry();
    }
    this.standAgain();
  }

  private addInLine(greenlet: RawGreenlet): void {
    this.inLine ??= new Set();
    this.inLine.add(greenlet);
  }
}

/** Whether it has left a line, and still waits. */
function isAway(greenlet: RawGreenlet, { wait, place }: Aside): boolean {
  return place !== null && greenlet.waiting === wait;
}
