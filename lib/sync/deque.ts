import type { Items } from './items.ts';

const FIRST_CAPACITY = 16;
/** A ring with more slots is given up when it is empty. */
const LARGE = 4_096;

/**
 * A first-in, first-out ring that doubles when full. Both ends cost O(1), whereas `Array.shift()` moves every item.
 */
export class Deque<T> implements Items<T> {
  private slots: (T | undefined)[] = new Array(FIRST_CAPACITY).fill(undefined);
  private mask = FIRST_CAPACITY - 1;
  private head = 0;
  size = 0;

  add(item: T): void {
    if (this.size === this.slots.length) this.grow();
    this.slots[(this.head + this.size) & this.mask] = item;
    this.size += 1;
  }

  putBack(item: T): void {
    if (this.size === this.slots.length) this.grow();
    this.head = (this.head - 1) & this.mask;
    this.slots[this.head] = item;
    this.size += 1;
  }

  take(): T {
    const item = this.slots[this.head] as T;
    this.slots[this.head] = undefined;
    this.head = (this.head + 1) & this.mask;
    this.size -= 1;
    // A ring that was large once would stay so.
    if (this.size === 0 && this.mask >= LARGE) this.clear();
    return item;
  }

  first(): T {
    return this.slots[this.head] as T;
  }

  clear(): void {
    this.slots = new Array(FIRST_CAPACITY).fill(undefined);
    this.mask = FIRST_CAPACITY - 1;
    this.head = 0;
    this.size = 0;
  }

  private grow(): void {
    const { slots, head } = this;
    const capacity = slots.length;
    slots.length = capacity * 2;
    // Move the items that had wrapped around to the front behind the rest.
    for (let index = 0; index < head; index += 1) {
      slots[capacity + index] = slots[index];
      slots[index] = undefined;
    }
    this.mask = slots.length - 1;
  }
}
