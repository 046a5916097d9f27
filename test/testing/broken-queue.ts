import { type Coroutine, Event, sleep } from '../../lib/index.ts';

/**
 * A queue with a lost wake-up for the explorer to find. Its getter checks the queue, then lets others run, and only
 * then begins to wait. A put in between wakes no waiter. In the ordinary order, a getter runs before its putter and
 * both continue in turn, so the bug never shows.
 */
export class BrokenQueue<T> {
  private readonly items: T[] = [];
  private waiter: Event | null = null;

  put(item: T): void {
    this.items.push(item);
    this.waiter?.set();
    this.waiter = null;
  }

  *get(): Coroutine<T> {
    while (this.items.length === 0) {
      const event = new Event();
      // This is the bug: the event has no waiter yet.
      yield* sleep(0);
      this.waiter = event;
      yield* event.wait();
    }
    return this.items.shift() as T;
  }
}
