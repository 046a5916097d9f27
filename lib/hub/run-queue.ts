import type { RawGreenlet } from '../greenlet/raw-greenlet.ts';

/** What the hub takes the next greenlet from. */
export interface ReadyQueue {
  readonly length: number;
  /** The end of the queue as it is now. */
  readonly end: number;
  /** True when all that stood before `end` has left. */
  hasPassed(end: number): boolean;
  push(greenlet: RawGreenlet): void;
  shift(): RawGreenlet | undefined;
  /** Those that stand in it, first to last. */
  [Symbol.iterator](): Iterator<RawGreenlet>;
}

const FIRST_CAPACITY = 64;

/**
 * The greenlets that are ready to run, first in first out, in a ring that doubles when full:
 *
 *     slots  [ . . g3 g4 g5 . . . ]      length is a power of two, so that
 *                  ▲head     ▲tail       position & mask is an index
 *
 * Positions only ever grow (and wrap around as 32-bit integers), so that one can ask whether all that stood in the queue
 * at some moment has left it.
 */
export class RunQueue implements ReadyQueue {
  private slots: (RawGreenlet | undefined)[] = new Array(FIRST_CAPACITY).fill(undefined);
  private mask = FIRST_CAPACITY - 1;
  private head = 0;
  private tail = 0;

  get length(): number {
    return (this.tail - this.head) | 0;
  }

  /** The end of the queue as it is now. */
  get end(): number {
    return this.tail;
  }

  /** True when all that stood before `end` has left. */
  hasPassed(end: number): boolean {
    return ((end - this.head) | 0) <= 0;
  }

  push(greenlet: RawGreenlet): void {
    this.slots[this.tail & this.mask] = greenlet;
    this.tail = (this.tail + 1) | 0;
    if (this.length === this.slots.length) this.grow();
  }

  shift(): RawGreenlet | undefined {
    const index = this.head & this.mask;
    const greenlet = this.slots[index];
    if (greenlet === undefined) return undefined;
    this.slots[index] = undefined;
    this.head = (this.head + 1) | 0;
    return greenlet;
  }

  *[Symbol.iterator](): Generator<RawGreenlet, void, unknown> {
    for (let place = 0; place < this.length; place += 1) {
      yield this.slots[(this.head + place) & this.mask] as RawGreenlet;
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
