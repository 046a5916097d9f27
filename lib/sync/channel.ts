import { line, TEXT, waitText } from '../greenlet/shown.ts';
import { WaitQueue } from '../hub/loop/wait-queue.ts';
import { standInLine } from '../hub/parking/taking.ts';
import { Deque } from './deque.ts';
import type { Getter } from './getter.ts';
import type { Putter } from './putter.ts';
import { Queue, type ShutdownOptions } from './queue.ts';

/**
 * A rendezvous. It holds no items: `put()` waits until a getter takes the item, and `get()` waits until a putter offers
 * one. It is always both empty and full. Everything else works as in `Queue`.
 *
 * @example
 * const results = new Channel<number>();
 * spawn(function* () { yield* results.put(42); console.log('taken'); });
 * console.log(yield* results.get());
 */
export class Channel<T> extends Queue<T> {
  protected static override readonly leastSize = 0;
  protected override readonly putters = new Offers<T>(this);
  /** A separate queue, because a peeker leaves the item with its putter. */
  private readonly peekers = new WaitQueue<Getter<T>>();

  constructor() {
    super(0, new Deque<T>());
  }

  override shutdown(options?: ShutdownOptions): void {
    super.shutdown(options);
    this.refuseAll(this.peekers);
  }

  /** @internal */
  override [TEXT](): string {
    const waiters = [...this.waitTexts(), waitText(this.peekers, 'peek')].filter((text) => text !== null);
    return line('Channel', this.name, ...(waiters.length === 0 ? ['nobody waiting'] : waiters), this.closedText());
  }

  /** @internal Gives the item to the first waiting getter. Returns false if there is none. */
  override offer(item: T): boolean {
    this.checkOpen();
    const getter = this.getters.shift();
    if (getter === null) return false;
    getter.give(item);
    return true;
  }

  /** @internal */
  override hasItem(): boolean {
    return this.putters.head() !== null;
  }

  /** @internal */
  override firstItem(): T {
    return (this.putters.head() as Putter<T>).item;
  }

  /** @internal */
  override takeFirst(): T {
    const putter = this.putters.shift() as Putter<T>;
    putter.accept();
    return putter.item;
  }

  /** @internal */
  override enqueueGetter(getter: Getter<T>): void {
    standInLine(getter, getter.takes ? this.getters : this.peekers);
  }

  /** @internal */
  override enqueuePutter(putter: Putter<T>): void {
    super.enqueuePutter(putter);
    this.showItem();
  }

  /** @internal Gives the first putter's item to all greenlets that wait in `peek()`, and wakes those that wait for an item. */
  showItem(): void {
    if (!this.hasItem()) return;
    const item = this.firstItem();
    for (let peeker = this.peekers.shift(); peeker !== null; peeker = this.peekers.shift()) peeker.give(item);
    this.watchers.notifyAll();
  }

  protected override isFull(): string {
    return 'has no waiting getter';
  }
}

/** The putters of a channel. One that has stood aside in a `race()` returns to its place, where it is seen again. */
class Offers<T> extends WaitQueue<Putter<T>> {
  private readonly channel: Channel<T>;

  constructor(channel: Channel<T>) {
    super();
    this.channel = channel;
  }

  override insertAfter(putter: Putter<T>, before: Putter<T> | null): void {
    super.insertAfter(putter, before);
    this.channel.showItem();
  }
}
