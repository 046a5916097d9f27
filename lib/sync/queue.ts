import { isA } from '../greenlet/errors.ts';
import { kernel } from '../greenlet/kernel.ts';
import { type Operation, operation } from '../greenlet/operation.ts';
import { counted, line, Shown, TEXT, waitText } from '../greenlet/shown.ts';
import type { TimeoutOption } from '../hub/checks/checks.ts';
import { checkedOptions, type OptionNames, TIMEOUT } from '../hub/checks/options.ts';
import { type Waiter, WaitQueue } from '../hub/loop/wait-queue.ts';
import { Prompt } from '../hub/parking/prompt.ts';
import { TakingSuspension } from '../hub/parking/taking.ts';
import type { Waitable } from '../hub/parking/waitable.ts';
import { Iteration } from '../hub/tasks/iteration.ts';
import { Deque, type Items } from './deque.ts';
import { Empty, Full, ShutDown } from './errors.ts';
import { nameOf } from './named.ts';

/** How to end a queue. */
export interface ShutdownOptions {
  /** If true, the queue drops its items. */
  immediate?: boolean;
}

const SHUTDOWN_OPTIONS: OptionNames<ShutdownOptions> = { immediate: 'boolean' };

/**
 * A first in, first out queue between greenlets. With a `maxsize` it is bounded: `put()` waits for room. Getters and
 * putters are served in the order in which they came; a getter that is cancelled has taken nothing, a putter nothing put.
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
  /** What messages call it. */
  name: string;
  /** How many items it holds at the most. */
  readonly maxsize: number;
  /** Waiting getters and peekers; there are some only while it is empty. */
  protected readonly takers = new WaitQueue<Take<T>>();
  /** Waiting putters; there are some only while it is full. */
  protected readonly putters = new WaitQueue<Put<T>>();
  protected readonly watchers = new WaitQueue();
  private readonly items: Items<T>;
  private closed = false;

  /**
   * @param maxsize how many items it holds at the most; without bound unless given
   * @throws RangeError unless it is a whole number from 1 on, or Infinity
   */
  constructor(maxsize?: number);
  /** @internal A kind of queue says what it keeps its items in, and so which comes next. */
  constructor(maxsize: number, items: Items<T>);
  constructor(maxsize = Infinity, items: Items<T> = new Deque<T>()) {
    super();
    const kind = new.target.name;
    if (maxsize !== Infinity && !(Number.isInteger(maxsize) && maxsize >= new.target.leastSize)) {
      throw new RangeError(`a ${kind}'s maxsize is a whole number from 1 on, or Infinity, not ${maxsize}`);
    }
    this.name = nameOf(kind);
    this.maxsize = maxsize;
    this.items = items;
  }

  /** @internal */
  [TEXT](): string {
    const { maxsize } = this;
    const held = maxsize === Infinity ? counted(this.qsize(), 'item') : `${this.qsize()} of ${maxsize} items`;
    return line(this.constructor.name, this.name, held, ...this.waitTexts(), this.closedText());
  }

  protected closedText(): string | null {
    return this.closed ? 'shut down' : null;
  }

  /** The number of waiters, in words. */
  protected waitTexts(): (string | null)[] {
    return [waitText(this.takers, 'getter'), waitText(this.putters, 'putter')];
  }

  /** How many items it holds. */
  qsize(): number {
    return this.items.size;
  }

  empty(): boolean {
    return this.items.size === 0;
  }

  /** True when `put()` would have to wait. */
  full(): boolean {
    return this.items.size >= this.maxsize;
  }

  /** True when `get()` would not have to wait. */
  ready(): boolean {
    return this.hasItem() || this.closed;
  }

  /**
   * Puts an item, waiting for room if there is none.
   *
   * @throws Full when the time is up; ShutDown when the queue is, or is meanwhile
   */
  put(item: T, options?: TimeoutOption): Operation<void> {
    return options === undefined && this.hasRoom()
      ? new PromptPut<T>(this, item)
      : new Put<T>(this, item, checkedOptions(options, TIMEOUT, 'queue.put()'));
  }

  /**
   * Puts an item at once.
   *
   * @throws Full when there is no room, ShutDown when the queue is
   */
  putNowait(item: T): void {
    if (!this.offer(item)) throw new Full(`${this.name} ${this.isFull()}: use put() to wait`);
  }

  /**
   * Takes the next item, waiting for one if there is none.
   *
   * @throws Empty when the time is up; ShutDown when the queue is shut down and has been drained
   */
  get(options?: TimeoutOption): Operation<T> {
    return options === undefined && this.hasItem()
      ? new PromptGet<T>(this)
      : new Take<T>(this, true, checkedOptions(options, TIMEOUT, 'queue.get()'));
  }

  /**
   * Takes the next item at once.
   *
   * @throws Empty when there is none; ShutDown when the queue is shut down and has been drained
   */
  getNowait(): T {
    this.checkNotEmpty('get()');
    return this.takeFirst();
  }

  /** Waits for the next item and leaves it in place. Throws as `get()` does. */
  peek(options?: TimeoutOption): Operation<T> {
    return new Take<T>(this, false, checkedOptions(options, TIMEOUT, 'queue.peek()'));
  }

  /** The next item, left in place. Throws as `getNowait()` does. */
  peekNowait(): T {
    this.checkNotEmpty('peek()');
    return this.firstItem();
  }

  /**
   * Ends it: from now on nothing can be put, and who waits to put is told so; what it holds can still be got, and who
   * gets after that, or waits to get now, is told so too.
   *
   * @param options `immediate` drops what it holds
   */
  shutdown(options?: ShutdownOptions): void {
    checkedOptions(options, SHUTDOWN_OPTIONS, 'queue.shutdown()');
    this.closed = true;
    if (options?.immediate === true) this.items.clear();
    this.refuseAll(this.putters);
    if (this.items.size > 0) return;
    this.refuseAll(this.takers);
    this.watchers.notifyAll();
  }

  /** The next step of iterating: takes an item, or is done once the queue is shut down and drained. */
  next(): Operation<IteratorResult<T, undefined>> {
    const get = this.get();
    return operation(() => step(get), 'next()');
  }

  [Symbol.asyncIterator](): AsyncIterator<T, undefined> {
    return new Iteration<T>(() => this.next())[Symbol.asyncIterator]();
  }

  /** @internal */
  watch(waiter: Waiter): void {
    this.watchers.push(waiter);
  }

  /** @internal Puts the item if there is a taker or room; true if so. */
  offer(item: T): boolean {
    if (this.closed) throw this.isShutDown();
    for (let taker = this.takers.shift(); taker !== null; taker = this.takers.shift()) {
      taker.give(item);
      if (taker.takes) {
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

  /** True when an item would be taken or kept at once. */
  private hasRoom(): boolean {
    return this.items.size < this.maxsize || this.takers.first !== null;
  }

  /** @internal True when there is an item to be had at once. */
  hasItem(): boolean {
    return this.items.size > 0;
  }

  /** @internal The next item, left in place. Must not be called when there is none. */
  firstItem(): T {
    return this.items.first();
  }

  /** @internal Takes the next item, and lets the first putter have the room. Must not be called when there is none. */
  takeFirst(): T {
    const item = this.items.take();
    for (let putter = this.putters.shift(); putter !== null; putter = this.putters.shift()) {
      if (this.admit(putter)) break;
    }
    return item;
  }

  /** @internal */
  enqueueTaker(taker: Take<T>): void {
    this.takers.push(taker);
  }

  /** @internal */
  enqueuePutter(putter: Put<T>): void {
    this.putters.push(putter);
  }

  /** @internal True when there is an item to be had at once. Throws ShutDown when there will be none. */
  canTake(): boolean {
    if (this.hasItem()) return true;
    this.checkOpen();
    return false;
  }

  /** @internal */
  checkOpen(): void {
    if (this.closed) throw this.isShutDown();
  }

  /** Lets a putter have the room that there is. False when its item cannot be added, which it is told. */
  private admit(putter: Put<T>): boolean {
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
    return `holds ${this.maxsize}, which is all it can`;
  }

  /** Called when an item has been put and not refused. */
  protected accepted(): void {}

  /** Tells all who wait there that the queue was shut down. */
  protected refuseAll(waiting: WaitQueue<Take<T>> | WaitQueue<Put<T>>): void {
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
    // A kill may come with a ShutDown for its reason, and is no end of the queue.
    if (isA(error, ShutDown) && kernel.current.pending?.error !== error) {
      return { done: true as const, value: undefined };
    }
    throw error;
  }
}

class PromptGet<T> extends Prompt<T> {
  private readonly source: Queue<T>;

  constructor(source: Queue<T>) {
    super();
    this.source = source;
  }

  finishNow(): boolean {
    if (!this.source.canTake()) return false;
    this.value = this.source.takeFirst();
    return true;
  }

  protected patient(): Take<T> {
    return new Take<T>(this.source, true, undefined);
  }
}

class PromptPut<T> extends Prompt<void> {
  private readonly item: T;
  private readonly target: Queue<T>;

  constructor(target: Queue<T>, item: T) {
    super();
    this.target = target;
    this.item = item;
  }

  finishNow(): boolean {
    return this.target.offer(this.item);
  }

  protected patient(): Put<T> {
    return new Put<T>(this.target, this.item, undefined);
  }
}

/** A get or a peek. */
export class Take<T> extends TakingSuspension<T> {
  readonly takes: boolean;
  private readonly source: Queue<T>;

  constructor(source: Queue<T>, takes: boolean, options: TimeoutOption | undefined) {
    super(options);
    this.source = source;
    this.takes = takes;
  }

  describe(): string {
    return `an item of ${this.source.name}`;
  }

  give(item: T): void {
    this.complete(item);
  }

  refuse(error: unknown): void {
    this.fail(error);
  }

  protected tryNow(): boolean {
    const { source } = this;
    if (!source.canTake()) return false;
    this.value = this.takes ? source.takeFirst() : source.firstItem();
    return true;
  }

  protected enqueue(): void {
    this.source.enqueueTaker(this);
  }

  protected timedOut(timeout: number): T {
    throw new Empty(`${this.source.name} was empty for ${timeout} ms`);
  }
}

export class Put<T> extends TakingSuspension<void> {
  readonly item: T;
  private readonly target: Queue<T>;

  constructor(target: Queue<T>, item: T, options: TimeoutOption | undefined) {
    super(options);
    this.target = target;
    this.item = item;
  }

  describe(): string {
    return `room in ${this.target.name}`;
  }

  accept(): void {
    this.complete();
  }

  refuse(error: unknown): void {
    this.fail(error);
  }

  protected tryNow(): boolean {
    return this.target.offer(this.item);
  }

  protected enqueue(): void {
    this.target.enqueuePutter(this);
  }

  protected timedOut(timeout: number): void {
    throw new Full(`${this.target.name} was full for ${timeout} ms`);
  }
}
