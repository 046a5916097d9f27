/** Tools that a careful author would write with promises. */
import { AsyncQueue } from '../../async-queue.ts';

export { AsyncQueue };

/** Hands each item to one taker; the side that arrives first waits for the other. */
export class AsyncChannel<T> {
  private readonly takers = new Line<(item: T) => void>();
  private readonly putters = new Line<{ item: T; resolve: () => void }>();

  put(item: T): Promise<void> {
    const taker = this.takers.shift();
    if (taker === undefined) return new Promise((resolve) => this.putters.push({ item, resolve }));
    taker(item);
    return done;
  }

  get(): Promise<T> {
    const putter = this.putters.shift();
    if (putter === undefined) return new Promise((resolve) => this.takers.push(resolve));
    putter.resolve();
    return Promise.resolve(putter.item);
  }
}

/** A released permit goes to the longest waiter. */
export class AsyncSemaphore {
  private readonly waiters = new Line<() => void>();
  private free: number;

  constructor(permits: number) {
    this.free = permits;
  }

  acquire(): Promise<void> {
    if (this.free === 0) return new Promise((resolve) => this.waiters.push(resolve));
    this.free -= 1;
    return done;
  }

  release(): void {
    const waiter = this.waiters.shift();
    if (waiter === undefined) this.free += 1;
    else waiter();
  }
}

const done = Promise.resolve();

/** First in, first out, as a linked list. */
class Line<T> {
  private first: Link<T> | null = null;
  private last: Link<T> | null = null;

  push(item: T): void {
    const link: Link<T> = { item, next: null };
    if (this.last === null) this.first = link;
    else this.last.next = link;
    this.last = link;
  }

  shift(): T | undefined {
    const { first } = this;
    if (first === null) return undefined;
    this.first = first.next;
    if (this.first === null) this.last = null;
    return first.item;
  }
}

interface Link<T> {
  readonly item: T;
  next: Link<T> | null;
}

export async function withDeadline<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('too late')), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
