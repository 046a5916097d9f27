/** How a queue stores its items. The storage decides which item comes next. */
export interface Items<T> {
  readonly size: number;
  add(item: T): void;
  /** Takes the next item. Must not be called when empty. */
  take(): T;
  /** The next item, left in place. Must not be called when empty. */
  first(): T;
  clear(): void;
  /** Adds an item that was taken, as the next to be taken. */
  putBack(item: T): void;
}
