import { type Coroutine, Event, sleep } from '../../lib/index.ts';

/**
 * A queue with a lost wake-up, for the explorer to find. Its getter looks, then does something that lets others go on,
 * and only then begins to wait: what is put in between is told to nobody. In plain order, where a getter comes before
 * its putter, and both go on in turn, that never shows.
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
      // Here it is: nobody knows of the event yet.
      yield* sleep(0);
      this.waiter = event;
      yield* event.wait();
    }
    return this.items.shift() as T;
  }
}
