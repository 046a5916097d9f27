import type { Items } from './items.ts';

/** A last-in, first-out storage. */
export class Stack<T> implements Items<T> {
  private slots: T[] = [];

  get size(): number {
    return this.slots.length;
  }

  add(item: T): void {
    this.slots.push(item);
  }

  putBack(item: T): void {
    this.add(item);
  }

  take(): T {
    return this.slots.pop() as T;
  }

  first(): T {
    return this.slots[this.slots.length - 1] as T;
  }

  clear(): void {
    this.slots = [];
  }
}
