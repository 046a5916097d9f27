import type { RawGreenlet } from '../../greenlet/raw-greenlet.ts';
import { UNSTARTED } from '../../greenlet/state.ts';

/** What the hub takes the next greenlet from. */
export interface ReadyQueue {
  readonly isEmpty: boolean;
  /** How many greenlets were taken so far, as a 32-bit integer that wraps around. */
  readonly taken: number;
  /** Gives a mark. Greenlets pushed from now on are behind it. */
  mark(): number;
  /** True once every greenlet that was pushed before the mark has left the queue. */
  hasPassed(mark: number): boolean;
  push(greenlet: RawGreenlet): void;
  /** The same for a greenlet that was just made: it is in no queue and has not begun. */
  pushNew(greenlet: RawGreenlet): void;
  shift(): RawGreenlet | undefined;
  /** Ends the present chain of new greenlets. */
  endChain(): void;
  /**
   * Dissolves all chains.
   *
   * @returns a function that translates a mark that was given before
   */
  unchain(): (mark: number) => number;
  /** The greenlets in the queue, first to last. */
  [Symbol.iterator](): Iterator<RawGreenlet>;
}

const FIRST_CAPACITY = 64;

/**
 * The greenlets that are ready to run, first in, first out, in a ring that doubles when it is full. Greenlets that are spawned one
 * after the other form a chain, which takes one slot however long it is:
 *
 *     slots  [ . . g3 g4 g5 . . . ]      length is a power of two, so that
 *                  ▲head     ▲tail       position & mask is an index
 *                     └▶ g4' ─▶ g4"      each leads to the next until it begins
 *
 * The collector records each slot of a large array that holds young objects, and visits it again each time they move. Chains
 * save that, a seventh of the cost of spawning 100,000 greenlets at once.
 *
 * Positions only grow (and wrap around as 32-bit integers), so a position can serve as a mark.
 */
export class RunQueue implements ReadyQueue {
  private slots: (RawGreenlet | undefined)[] = new Array(FIRST_CAPACITY).fill(undefined);
  private mask = FIRST_CAPACITY - 1;
  private head = 0;
  private tail = 0;
  /** How many greenlets were taken that were not the last of their chain, so that `head` has not moved. */
  private takenOfChains = 0;
  /** The end of the last chain. It can grow while nothing is behind it: then the queue ends at `chainMark`. */
  private chainEnd: RawGreenlet | null = null;
  private chainMark = 0;
  /** False once chains were dissolved, until the queue has been empty. Otherwise it might be copied again and again. */
  private isChaining = true;

  get isEmpty(): boolean {
    return this.tail === this.head;
  }

  get taken(): number {
    return (this.head + this.takenOfChains) | 0;
  }

  mark(): number {
    this.endChain();
    return this.tail;
  }

  hasPassed(mark: number): boolean {
    return ((mark - this.head) | 0) <= 0;
  }

  push(greenlet: RawGreenlet): void {
    this.slots[this.tail & this.mask] = greenlet;
    this.tail = (this.tail + 1) | 0;
    if (((this.tail - this.head) | 0) === this.slots.length) this.grow();
  }

  pushNew(greenlet: RawGreenlet): void {
    const { chainEnd } = this;
    // It may have been killed, or started by a switch, since.
    if (chainEnd !== null && this.chainMark === this.tail && chainEnd.state === UNSTARTED) chainEnd.leadTo(greenlet);
    else {
      if (this.isEmpty) this.isChaining = true;
      this.push(greenlet);
      this.chainMark = this.tail;
    }
    this.chainEnd = this.isChaining ? greenlet : null;
  }

  endChain(): void {
    this.chainEnd = null;
  }

  shift(): RawGreenlet | undefined {
    const index = this.head & this.mask;
    const greenlet = this.slots[index];
    if (greenlet === undefined) return undefined;
    if (greenlet.state === UNSTARTED) {
      const { nextNew } = greenlet;
      if (nextNew !== null) {
        greenlet.leadTo(null);
        this.slots[index] = nextNew;
        this.takenOfChains = (this.takenOfChains + 1) | 0;
        return greenlet;
      }
      if (this.chainEnd === greenlet) this.chainEnd = null;
    }
    this.slots[index] = undefined;
    this.head = (this.head + 1) | 0;
    return greenlet;
  }

  unchain(): (mark: number) => number {
    const { head } = this;
    const all: RawGreenlet[] = [];
    /** The number of greenlets before each slot, and before the end. */
    const before: number[] = [];
    for (let position = head; position !== this.tail; position = (position + 1) | 0) {
      before.push(all.length);
      for (const greenlet of this.chainAt(position)) all.push(greenlet);
      this.slots[position & this.mask] = undefined;
    }
    before.push(all.length);
    this.tail = head;
    this.endChain();
    this.isChaining = false;
    for (const greenlet of all) {
      if (greenlet.state === UNSTARTED) greenlet.leadTo(null);
      this.push(greenlet);
    }
    // No chain continues behind a mark.
    return (mark) => (head + (before[(mark - head) | 0] ?? 0)) | 0;
  }

  *[Symbol.iterator](): Generator<RawGreenlet, void, unknown> {
    for (let position = this.head; position !== this.tail; position = (position + 1) | 0) yield* this.chainAt(position);
  }

  private *chainAt(position: number): Generator<RawGreenlet, void, unknown> {
    let greenlet: RawGreenlet | null = this.slots[position & this.mask] as RawGreenlet;
    while (greenlet !== null) {
      yield greenlet;
      greenlet = greenlet.state === UNSTARTED ? greenlet.nextNew : null;
    }
  }

  private grow(): void {
    const { slots, mask, head } = this;
    const larger = new Array<RawGreenlet | undefined>(slots.length * 2).fill(undefined);
    for (let offset = 0; offset < slots.length; offset += 1) {
      larger[(head + offset) & (larger.length - 1)] = slots[(head + offset) & mask];
    }
    this.slots = larger;
    this.mask = larger.length - 1;
  }
}
