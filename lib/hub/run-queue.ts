import type { RawGreenlet } from '../greenlet/raw-greenlet.ts';

const FIRST_CAPACITY = 64;

/**
 * The greenlets that are ready to run, first in first out, in a ring that doubles when full:
 *
 *     slots  [ . . g3 g4 g5 . . . ]      length is a power of two, so that
 *                  ▲head     ▲tail       index & mask wraps around
 */
export class RunQueue {
  private slots: (RawGreenlet | undefined)[] = new Array(FIRST_CAPACITY).fill(undefined);
  private mask = FIRST_CAPACITY - 1;
  private head = 0;
  private tail = 0;

  get length(): number {
    return (this.tail - this.head) & this.mask;
  }

  push(greenlet: RawGreenlet): void {
    this.slots[this.tail] = greenlet;
    this.tail = (this.tail + 1) & this.mask;
    if (this.tail === this.head) this.grow();
  }

  shift(): RawGreenlet | undefined {
    const greenlet = this.slots[this.head];
    if (greenlet === undefined) return undefined;
    this.slots[this.head] = undefined;
    this.head = (this.head + 1) & this.mask;
    return greenlet;
  }

  private grow(): void {
    const inOrder = this.slots.slice(this.head).concat(this.slots.slice(0, this.head));
    this.head = 0;
    this.tail = inOrder.length;
    this.slots = inOrder.concat(new Array(inOrder.length).fill(undefined));
    this.mask = this.slots.length - 1;
  }
}
