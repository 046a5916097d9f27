import { RESUMED } from '../greenlet/life.ts';
import type { RawGreenlet } from '../greenlet/raw-greenlet.ts';
import { UNSTARTED } from '../greenlet/state.ts';
import { Deque } from '../sync/deque.ts';
import type { Branches } from './branches.ts';

/**
 * The order of turns among the branches of a combinator. A branch that may hold something goes first. The other ready
 * branches take turns in rounds. Between two rounds, the waits that stand aside look for something to take, so a branch
 * that never stops running cannot starve them.
 */
export class Turns {
  private readonly branches: Branches;
  /** Branches to be resumed or started. */
  private ready: Deque<RawGreenlet>;
  /** Branches that may have taken something. */
  private readonly holders: Deque<RawGreenlet>;
  /** How many turns are left in this round; null between rounds. */
  private leftInRound: number | null;
  /**
   * The branches woken before the owner was cancelled. They still get their turn. Null while the owner is not
   * cancelled.
   */
  private grace: Deque<RawGreenlet> | null;

  constructor(branches: Branches) {
    this.branches = branches;
    this.ready = new Deque();
    this.holders = new Deque();
    this.leftInRound = null;
    this.grace = null;
  }

  get hasReady(): boolean {
    return this.ready.size > 0;
  }

  get hasHolders(): boolean {
    return this.holders.size > 0;
  }

  addReady(greenlet: RawGreenlet): void {
    this.ready.add(greenlet);
  }

  addHolder(greenlet: RawGreenlet): void {
    this.holders.add(greenlet);
  }

  /** The next branch; undefined if all branches wait. In that case their waits are in line again. */
  next(): RawGreenlet | undefined {
    const { holders } = this;
    if (this.grace !== null) this.endGrace();
    if (holders.size === 0) this.beginRound();
    if (holders.size > 0) return holders.take();
    if (this.leftInRound !== null) this.leftInRound -= 1;
    return takeFrom(this.ready);
  }

  /** The next branch that may have taken something. */
  nextHolder(): RawGreenlet | undefined {
    return takeFrom(this.holders);
  }

  /** The next branch while the owner is cancelled. */
  nextOfCancelled(): RawGreenlet | undefined {
    return takeFrom(this.holders) ?? this.nextUnstarted() ?? takeFrom(this.inGrace());
  }

  /** Removes the ready branches, and gives them in order. */
  *drain(): Generator<RawGreenlet, void, unknown> {
    if (this.grace !== null) this.endGrace();
    while (this.ready.size > 0) yield this.ready.take();
  }

  /** Takes and cancels an unstarted branch. It runs up to its first wait, which does not begin. */
  private nextUnstarted(): RawGreenlet | undefined {
    if (this.ready.size === 0 || this.ready.first().state !== UNSTARTED) return undefined;
    const greenlet = this.ready.take();
    this.branches.cancel(greenlet);
    return greenlet;
  }

  private inGrace(): Deque<RawGreenlet> {
    if (this.grace === null) {
      const grace = new Deque<RawGreenlet>();
      const others = new Deque<RawGreenlet>();
      while (this.ready.size > 0) {
        const greenlet = this.ready.take();
        (wasWoken(greenlet) ? grace : others).add(greenlet);
      }
      this.grace = grace;
      this.ready = others;
    }
    return this.grace;
  }

  /** Called when the owner is no longer cancelled, because the reason was withdrawn. */
  private endGrace(): void {
    const grace = this.grace as Deque<RawGreenlet>;
    this.grace = null;
    while (grace.size > 0) this.ready.add(grace.take());
  }

  private beginRound(): void {
    const { branches, leftInRound, ready } = this;
    if (ready.size === 0) {
      this.leftInRound = null;
      if (branches.areAside && !branches.tryAgain()) branches.standAgain();
    } else if (leftInRound === null || leftInRound === 0) {
      if (leftInRound === 0 && ready.first().state !== UNSTARTED) branches.tryAgain();
      this.leftInRound = ready.size;
    }
  }
}

function takeFrom(line: Deque<RawGreenlet>): RawGreenlet | undefined {
  return line.size === 0 ? undefined : line.take();
}

/** True if the branch is ready because its wait has ended, false if it did not wait. */
function wasWoken(greenlet: RawGreenlet): boolean {
  return greenlet.input !== RESUMED;
}
