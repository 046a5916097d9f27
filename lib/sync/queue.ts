import { isA } from '../greenlet/errors.ts';
import { kernel } from '../greenlet/kernel.ts';
import { excused, type Operation, operation } from '../greenlet/operation.ts';
import { line, Shown, TEXT, waitText } from '../greenlet/shown.ts';
import type { TimeoutOption } from '../hub/checks/checks.ts';
import { kindOf } from '../hub/checks/kind-of.ts';
import { checkedOptions, type OptionNames, TIMEOUT } from '../hub/checks/options.ts';
import { type Waiter, WaitQueue } from '../hub/loop/wait-queue.ts';
import { standInLine } from '../hub/parking/taking.ts';
import type { Waitable } from '../hub/parking/waitable.ts';
import { Iteration } from '../hub/tasks/iteration.ts';
import { Deque } from './deque.ts';
import { Empty, Full, ShutDown } from './errors.ts';
import { Getter, PromptGet } from './getter.ts';
import type { Items } from './items.ts';
import { nameOf } from './named.ts';
import { PromptPut, Putter } from './putter.ts';

/** Options of `shutdown()`. */
export interface ShutdownOptions {
  /** If true, the queue drops its items. */
  immediate?: boolean | undefined;
}

export const SHUTDOWN_OPTIONS: OptionNames<ShutdownOptions> = { immediate: 'boolean' };

/**
 * A first in, first out queue between greenlets. With a `maxsize` it is bounded: `put()` waits for room. Getters and
 * putters are served in the order in which they began to wait. A cancelled getter has taken nothing, and a cancelled
 * putter has put nothing.
 *
 * Iterating takes items until the queue is shut down: `yield* forEach(queue, function* (item) { … })` in a greenlet,
 * `for await (const item of queue)` outside.
 *
 * @example
 * const frontier = new Queue<string>(100);
 * spawn(function* () { for (const url of seeds) yield* frontier.put(url); });
 * const url = yield* frontier.get({ timeout: 1_000 });
 */
export class Queue<T> extends Shown implements Waitable, AsyncIterable<T> {
  /** @internal */
  protected static readonly leastSize: number = 1;
  /** Its name in messages. */
  name: string;
  /** The largest number of items it holds. */
  readonly maxsize: number;
  /** Waiting getters and peekers. They wait only while the queue is empty. */
  protected readonly getters = new WaitQueue<Getter<T>>();
  /** Waiting putters. They wait only while the queue is full. */
  protected readonly putters = new WaitQueue<Putter<T>>();
  protected readonly watchers = new WaitQueue();
  private readonly items: Items<T>;
  private closed = false;

  /**
   * @param maxsize the largest number of items it holds; unbounded by default
   * @throws RangeError unless it is a positive integer or Infinity
   */
  constructor(maxsize?: number);
  /** @internal A kind of queue passes the storage that decides which item comes next. */
  constructor(maxsize: number, items: Items<T>);
  constructor(maxsize = Infinity, items: Items<T> = new Deque<T>()) {
    super();
    const kind = new.target.name;
    if (maxsize !== Infinity && !(Number.isInteger(maxsize) && maxsize >= new.target.leastSize)) {
      throw new RangeError(
        `the maxsize of a ${kind} must be a whole number, at least 1, or Infinity, not ${kindOf(maxsize)}`,
      );
    }
    this.name = nameOf(kind);
    this.maxsize = maxsize;
    this.items = items;
  }

  /** @internal */
  [TEXT](): string {
    const { maxsize } = this;
    const size = `size ${this.qsize()}${maxsize === Infinity ? '' : ` of ${maxsize}`}`;
    return line(this.constructor.name, this.name, size, ...this.waitTexts(), this.closedText());
  }

  protected closedText(): string | null {
    return this.closed ? 'shut down' : null;
  }

  /** The number of waiters, in words. */
  protected waitTexts(): (string | null)[] {
    return [waitText(this.getters, 'get'), waitText(this.putters, 'put')];
  }

  /** The number of items it holds. */
  qsize(): number {
    return this.items.size;
  }

  empty(): boolean {
    return this.items.size === 0;
  }

  /** True if it holds `maxsize` items, so that it has no room. */
  full(): boolean {
    return this.items.size >= this.maxsize;
  }

  /** True if `get()` would not have to wait. */
  ready(): boolean {
    return this.hasItem() || this.closed;
  }

  /**
   * Puts an item. Waits for room if the queue is full.
   *
   * @param options `timeout` in milliseconds
   * @returns an operation that ends when the item has been put
   * @throws Full when the timeout expires; ShutDown if the queue is shut down, now or during the wait
   */
  put(item: T, options?: TimeoutOption): Operation<void> {
    return options === undefined && this.hasRoom()
      ? new PromptPut<T>(this, item)
      : new Putter<T>(this, item, checkedOptions(options, TIMEOUT, 'queue.put()'));
  }

  /**
   * Puts an item without waiting.
   *
   * @throws Full if there is no room; ShutDown if the queue is shut down
   */
  putNowait(item: T): void {
    if (!this.offer(item)) throw new Full(`${this.name} ${this.isFull()}: use put() to wait`);
  }

  /**
   * Takes the next item. Waits for one if the queue is empty.
   *
   * @param options `timeout` in milliseconds
   * @returns an operation that gives the item
   * @throws Empty when the timeout expires; ShutDown if the queue is shut down and drained
   */
  get(options?: TimeoutOption): Operation<T> {
    return options === undefined && this.hasItem()
      ? new PromptGet<T>(this)
      : new Getter<T>(this, true, checkedOptions(options, TIMEOUT, 'queue.get()'));
  }

  /**
   * Takes the next item without waiting.
   *
   * @throws Empty if there is none; ShutDown if the queue is shut down and drained
   */
  getNowait(): T {
    this.checkNotEmpty('get()');
    return this.takeFirst();
  }

  /** Waits for the next item and leaves it in place. Throws the errors that `get()` throws. */
  peek(options?: TimeoutOption): Operation<T> {
    return new Getter<T>(this, false, checkedOptions(options, TIMEOUT, 'queue.peek()'));
  }

  /** Returns the next item and leaves it in place. Throws the errors that `getNowait()` throws. */
  peekNowait(): T {
    this.checkNotEmpty('peek()');
    return this.firstItem();
  }

  /**
   * Shuts the queue down. Every later `put()`, and every waiting putter, gets a `ShutDown`. Getters still receive the
   * items that the queue holds; after the last item, they get a `ShutDown` too.
   *
   * @param options `immediate` drops the items that the queue holds
   */
  shutdown(options?: ShutdownOptions): void {
    checkedOptions(options, SHUTDOWN_OPTIONS, 'queue.shutdown()');
    this.closed = true;
    if (options?.immediate === true) this.items.clear();
    this.refuseAll(this.putters);
    if (this.items.size > 0) return;
    this.refuseAll(this.getters);
    this.watchers.notifyAll();
  }

  /** The next step of an iteration: takes an item, or is done once the queue is shut down and drained. */
  next(): Operation<IteratorResult<T, undefined>> {
    const get = excused(this.get());
    return operation(() => step(get), 'next()');
  }

  [Symbol.asyncIterator](): AsyncIterator<T, undefined> {
    return new Iteration<T>(() => this.next())[Symbol.asyncIterator]();
  }

  /** @internal */
  watch(waiter: Waiter): void {
    this.watchers.push(waiter);
  }

  /** @internal Puts the item if there is a getter or room. Returns whether it did. */
  offer(item: T): boolean {
    if (this.closed) throw this.isShutDown();
    for (let getter = this.getters.shift(); getter !== null; getter = this.getters.shift()) {
      getter.give(item);
      if (getter.takes) {
        this.accepted();
        return true;
      }
    }
    if (this.items.size >= this.maxsize) return false;
    this.items.add(item);
    this.accepted();
    if (this.watchers.first !== null) this.watchers.notifyAll();
    return true;
  }

  /** True if an item could be put without waiting. */
  private hasRoom(): boolean {
    return this.items.size < this.maxsize || this.getters.first !== null;
  }

  /** @internal True if an item can be taken without waiting. */
  hasItem(): boolean {
    return this.items.size > 0;
  }

  /** @internal The next item, left in place. Must not be called when there is none. */
  firstItem(): T {
    return this.items.first();
  }

  /** @internal Takes the next item and gives its room to the first putter. Must not be called when there is none. */
  takeFirst(): T {
    const item = this.items.take();
    for (let putter = this.putters.shift(); putter !== null; putter = this.putters.shift()) {
      if (this.admit(putter)) break;
    }
    return item;
  }

  /** @internal Puts back an item that was taken. It is the next to be taken, even if the queue is full or shut down. */
  putBack(item: T): void {
    for (let getter = this.getters.shift(); getter !== null; getter = this.getters.shift()) {
      getter.give(item);
      if (getter.takes) return;
    }
    this.items.putBack(item);
    this.watchers.notifyAll();
  }

  /** @internal */
  enqueueGetter(getter: Getter<T>): void {
    standInLine(getter, this.getters);
  }

  /** @internal */
  enqueuePutter(putter: Putter<T>): void {
    standInLine(putter, this.putters);
  }

  /** @internal True if an item can be taken without waiting. Throws ShutDown if no item will ever come. */
  canTake(): boolean {
    if (this.hasItem()) return true;
    this.checkOpen();
    return false;
  }

  /** @internal */
  checkOpen(): void {
    if (this.closed) throw this.isShutDown();
  }

  /** Gives free room to a putter. If its item cannot be added, the putter gets the error, and the result is false. */
  private admit(putter: Putter<T>): boolean {
    try {
      this.items.add(putter.item);
    } catch (error) {
      putter.refuse(error);
      return false;
    }
    this.accepted();
    putter.accept();
    return true;
  }

  /** Why an item cannot be put, for messages. */
  protected isFull(): string {
    return `is full (maxsize ${this.maxsize})`;
  }

  /** Called after each item that was put. */
  protected accepted(): void {}

  /** Ends the wait of each waiter with a ShutDown. */
  protected refuseAll(waiting: WaitQueue<Getter<T>> | WaitQueue<Putter<T>>): void {
    for (let waiter = waiting.shift(); waiter !== null; waiter = waiting.shift()) waiter.refuse(this.isShutDown());
  }

  private checkNotEmpty(toWait: string): void {
    if (this.canTake()) return;
    throw new Empty(`${this.name} is empty: use ${toWait} to wait`);
  }

  private isShutDown(): ShutDown {
    return new ShutDown(`${this.name} was shut down`);
  }
}

function* step<T>(get: Operation<T>) {
  try {
    return { done: false as const, value: yield* get };
  } catch (error) {
    // The reason of a kill may be a ShutDown. That does not end the iteration.
    if (isA(error, ShutDown) && kernel.current.pending?.error !== error) {
      return { done: true as const, value: undefined };
    }
    throw error;
  }
}
