import type { RawGreenlet, Wait } from '../greenlet/raw-greenlet.ts';
import { PARKED, SUSPENDED } from '../greenlet/state.ts';

/** A wait whose end takes something, and that can leave its line and come back to its place. */
export interface TakingWait extends Wait {
  /** Leaves the line, and gives its place there; null when it stands in none. */
  setAside(): unknown;
  /** Takes what is there by now; true when that ends the wait. */
  retry(): boolean;
  /** Takes its place in line again. */
  standAgain(place: unknown): void;
}

interface Aside {
  readonly wait: TakingWait;
  /** Null where it stood in no line. */
  readonly place: unknown;
}

/**
 * The branches whose waits would take something. While one branch has its turn, these waits stand aside. Branches that wait
 * for anything else are not among them, so that a turn costs nothing for each of those.
 */
export class Takers {
  private readonly canTake: (wait: Wait | null) => wait is TakingWait;
  private isAside = false;
  /** Those that may be in line, and those that stand aside; some may have gone on since. Most combinators have none. */
  private inLine: Set<RawGreenlet> | null = null;
  private aside: Map<RawGreenlet, Aside> | null = null;

  constructor(canTake: (wait: Wait | null) => wait is TakingWait) {
    this.canTake = canTake;
  }

  get areAside(): boolean {
    return this.isAside;
  }

  /** Looks at a branch that has suspended or ended. While the others stand aside, it does so too if it waits to take something. */
  note(greenlet: RawGreenlet): void {
    // What it stood aside with before is over.
    this.aside?.delete(greenlet);
    const { state } = greenlet;
    // It has switched to another greenlet: where it waits when it is switched to again, nobody tells.
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

  /** Has all leave their lines. */
  standAside(): void {
    if (this.isAside) return;
    this.isAside = true;
    const { inLine } = this;
    if (inLine === null) return;
    this.inLine = null;
    for (const greenlet of inLine) this.note(greenlet);
  }

  /** Lets those that stand aside take what is there by now, up to the first that does; true if one does. */
  retry(): boolean {
    if (this.aside === null) return false;
    for (const [greenlet, aside] of this.aside) if (isAway(greenlet, aside) && aside.wait.retry()) return true;
    return false;
  }

  /** Has all take their places in line again. */
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

  /** Forgets who may be in line. */
  clear(): void {
    this.inLine = null;
  }

  /** Lets all go on that still wait, each on its own: they take what is there by now, or stand in line again. */
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
