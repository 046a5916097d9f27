import type { Items } from './items.ts';

/** Returns a negative number if `a` comes before `b`, a positive one if it comes after, and 0 if they are equal. */
export type Comparator<T> = (a: T, b: T) => number;

interface Entry<T> {
  readonly item: T;
  /** When it was added: equal items come out in that order. */
  readonly order: number;
}

/**
 * A stable binary heap: the least item comes first, and equal items come in the order in which they were added. Adding
 * and taking are O(log n), `first()` is O(1). All comparisons happen before anything moves, so a comparator that throws
 * leaves the heap unchanged.
 */
export class Heap<T> implements Items<T> {
  private entries: Entry<T>[] = [];
  private added = 0;
  private readonly compare: Comparator<T>;

  constructor(compare: Comparator<T>) {
    this.compare = compare;
  }

  get size(): number {
    return this.entries.length;
  }

  add(item: T): void {
    const entry = { item, order: this.added };
    const { entries } = this;
    const path: number[] = [];
    let index = entries.length;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!this.isBefore(entry, entries[parent] as Entry<T>)) break;
      path.push(parent);
      index = parent;
    }
    this.added += 1;
    let hole = entries.length;
    for (const parent of path) {
      entries[hole] = entries[parent] as Entry<T>;
      hole = parent;
    }
    entries[hole] = entry;
  }

  putBack(item: T): void {
    this.add(item);
  }

  take(): T {
    const { entries } = this;
    const first = entries[0] as Entry<T>;
    const last = entries[entries.length - 1] as Entry<T>;
    const length = entries.length - 1;
    const path: number[] = [];
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= length) break;
      if (child + 1 < length && this.isBefore(entries[child + 1] as Entry<T>, entries[child] as Entry<T>)) child += 1;
      if (!this.isBefore(entries[child] as Entry<T>, last)) break;
      path.push(child);
      index = child;
    }
    entries.length = length;
    if (length === 0) return first.item;
    let hole = 0;
    for (const child of path) {
      entries[hole] = entries[child] as Entry<T>;
      hole = child;
    }
    entries[hole] = last;
    return first.item;
  }

  first(): T {
    return (this.entries[0] as Entry<T>).item;
  }

  clear(): void {
    this.entries = [];
  }

  private isBefore(a: Entry<T>, b: Entry<T>): boolean {
    const order = this.compare(a.item, b.item);
    return order < 0 || (order === 0 && a.order < b.order);
  }
}
