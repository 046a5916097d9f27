/**
 * The plain counterpart of `Queue`, as a careful author would write it with promises. Rings hold the items and the waiters, a new
 * item goes directly to the first waiter, and a `put()` that does not wait allocates nothing.
 */
export class AsyncQueue<T> {
  private readonly items = new Ring<T>();
  private readonly takers = new Ring<(item: T) => void>();
  private readonly putters = new Ring<{ item: T; resolve: () => void }>();
  private readonly maxsize: number;

  constructor(maxsize = Infinity) {
    this.maxsize = maxsize;
  }

  put(item: T): Promise<void> {
    if (this.takers.size > 0) {
      this.takers.shift()(item);
      return done;
    }
    if (this.items.size < this.maxsize) {
      this.items.push(item);
      return done;
    }
    return new Promise((resolve) => this.putters.push({ item, resolve }));
  }

  get(): Promise<T> {
    if (this.items.size === 0) return new Promise((resolve) => this.takers.push(resolve));
    const item = this.items.shift();
    if (this.putters.size > 0) {
      const putter = this.putters.shift();
      this.items.push(putter.item);
      putter.resolve();
    }
    return Promise.resolve(item);
  }
}

const done = Promise.resolve();

/** First in, first out; doubles when full. */
class Ring<T> {
  private slots: (T | undefined)[] = new Array(16).fill(undefined);
  private head = 0;
  size = 0;

  push(item: T): void {
    if (this.size === this.slots.length) this.grow();
    this.slots[(this.head + this.size) & (this.slots.length - 1)] = item;
    this.size += 1;
  }

  shift(): T {
    const item = this.slots[this.head] as T;
    this.slots[this.head] = undefined;
    this.head = (this.head + 1) & (this.slots.length - 1);
    this.size -= 1;
    return item;
  }

  private grow(): void {
    const inOrder = [...this.slots.slice(this.head), ...this.slots.slice(0, this.head)];
    this.slots = inOrder.concat(new Array(inOrder.length).fill(undefined));
    this.head = 0;
  }
}
