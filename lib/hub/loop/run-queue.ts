import type { RawGreenlet } from '../../greenlet/raw-greenlet.ts';

/** The queue from which the hub takes the next greenlet. */
export interface ReadyQueue {
  readonly isEmpty: boolean;
  /** Returns a mark. Greenlets pushed from now on are behind it. */
  mark(): number;
  /** True once every greenlet that was pushed before the mark has left the queue. */
  hasPassed(mark: number): boolean;
  push(greenlet: RawGreenlet): void;
  shift(): RawGreenlet | undefined;
  /** The greenlets in the queue, first to last. */
  [Symbol.iterator](): Iterator<RawGreenlet>;
}

const FIRST_CAPACITY = 64;
/** A ring larger than this is released when the queue is empty. */
const KEPT_CAPACITY = 65_536;

/**
 * The ready greenlets, first in, first out, in a ring that doubles when it is full:
 *
 *     slots  [ . . g3 g4 g5 . . . ]      length is a power of two, so that
 *                  ▲head     ▲tail       position & mask is an index
 *
 * Positions only grow (and wrap around as 32-bit integers), so a position can serve as a mark.
 */
export class RunQueue implements ReadyQueue {
  private slots = slotsFor(FIRST_CAPACITY);
  private mask = FIRST_CAPACITY - 1;
  private head = 0;
  private tail = 0;

  get isEmpty(): boolean {
    return this.tail === this.head;
  }

  mark(): number {
    return this.tail;
  }

  hasPassed(mark: number): boolean {
    return ((mark - this.head) | 0) <= 0;
  }

  push(greenlet: RawGreenlet): void {
    this.slots[this.tail & this.mask] = greenlet;
    this.tail = (this.tail + 1) | 0;
    if (((this.tail - this.head) | 0) > this.mask) this.grow();
  }

  shift(): RawGreenlet | undefined {
    const index = this.head & this.mask;
    const greenlet = this.slots[index];
    if (greenlet === undefined) {
      if (this.mask >= KEPT_CAPACITY) this.useSlots(slotsFor(FIRST_CAPACITY));
      return undefined;
    }
    this.slots[index] = undefined;
    this.head = (this.head + 1) | 0;
    return greenlet;
  }

  *[Symbol.iterator](): Generator<RawGreenlet, void, unknown> {
    for (let position = this.head; position !== this.tail; position = (position + 1) | 0) {
      yield this.slots[position & this.mask] as RawGreenlet;
    }
  }

  private grow(): void {
    const { slots, mask, head } = this;
    const larger = slotsFor(slots.length * 2);
    for (let offset = 0; offset < slots.length; offset += 1) {
      larger[(head + offset) & (larger.length - 1)] = slots[(head + offset) & mask];
    }
    this.useSlots(larger);
  }

  private useSlots(slots: (RawGreenlet | undefined)[]): void {
    this.slots = slots;
    this.mask = slots.length - 1;
  }
}

function slotsFor(capacity: number): (RawGreenlet | undefined)[] {
  return new Array<RawGreenlet | undefined>(capacity).fill(undefined);
}
