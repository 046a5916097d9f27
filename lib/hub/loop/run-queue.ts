import type { RawGreenlet } from '../../greenlet/raw-greenlet.ts';
import { UNSTARTED } from '../../greenlet/state.ts';

/** What the hub takes the next greenlet from. */
export interface ReadyQueue {
  readonly isEmpty: boolean;
  /** Gives a mark: what comes from now on stands behind it. */
  mark(): number;
  /** True when all that stood before the mark has left. */
  hasPassed(mark: number): boolean;
  push(greenlet: RawGreenlet): void;
  /** The same, for one that was just made, which stands nowhere else and has not begun. */
  pushNew(greenlet: RawGreenlet): void;
  shift(): RawGreenlet | undefined;
  /** Has those that are new from now on stand behind no one that was new before. */
  endChain(): void;
  /**
   * Has each greenlet stand for itself.
   *
   * @returns what tells where a mark that was given before is now
   */
  unchain(): (mark: number) => number;
  /** Those that stand in it, first to last. */
  [Symbol.iterator](): Iterator<RawGreenlet>;
}

const FIRST_CAPACITY = 64;

/**
 * The greenlets that are ready to run, first in first out, in a ring that doubles when full. New ones that come one after the
 * other form a chain, which takes one slot however many they are:
 *
 *     slots  [ . . g3 g4 g5 . . . ]      length is a power of two, so that
 *                  ▲head     ▲tail       position & mask is an index
 *                     └▶ g4' ─▶ g4"      each leads to the next until it begins
 *
 * Positions only ever grow (and wrap around as 32-bit integers), so that one can ask whether all that stood in the queue
 * at some moment has left it.
 */
export class RunQueue implements ReadyQueue {
  private slots: (RawGreenlet | undefined)[] = new Array(FIRST_CAPACITY).fill(undefined);
  private mask = FIRST_CAPACITY - 1;
  private head = 0;
  private tail = 0;
  /** The end of a chain, which can go on as long as nothing stands behind it: the queue ends at `chainMark` then. */
  private chainEnd: RawGreenlet | null = null;
  private chainMark = 0;
  /** Once chains were dissolved there are none until the queue has been empty, or it would be copied again and again. */
  private isChaining = true;

  get isEmpty(): boolean {
    return this.tail === this.head;
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
    if (chainEnd !== null && this.chainMark === this.tail && chainEnd.state === UNSTARTED) chainEnd.nextNew = greenlet;
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
        greenlet.nextNew = null;
        this.slots[index] = nextNew;
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
    /** How many greenlets stood before each slot, and before the end. */
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
      if (greenlet.state === UNSTARTED) greenlet.nextNew = null;
      this.push(greenlet);
    }
    // No chain goes on behind a mark.
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
