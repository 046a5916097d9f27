import { isA } from '../../greenlet/errors.ts';
import { kernel } from '../../greenlet/kernel.ts';
import { type Coroutine, type Operation, operation } from '../../greenlet/operation.ts';
import { checkedTimeout, type TimeoutOption } from '../../hub/checks/checks.ts';
import { checkedOptions, TIMEOUT } from '../../hub/checks/options.ts';
import { Iteration } from '../../hub/tasks/iteration.ts';
import { ShutDown } from '../../sync/errors.ts';
import { Queue as LocalQueue, SHUTDOWN_OPTIONS, type ShutdownOptions } from '../../sync/queue.ts';
import { type Packed, packed, unpacked } from '../travel/packed.ts';
import type { Way } from '../travel/shareable.ts';
import { QueueService } from './queue-service.ts';
import { Known, Shared, shares } from './shared.ts';

/**
 * A first in, first out queue between greenlets of all threads and processes. With a `maxsize` it is bounded: `put()` waits for
 * room. Items are copied when `put()` begins.
 *
 * Iterating takes items until the queue is shut down: `yield* forEach(queue, function* (item) { … })` in a greenlet,
 * `for await (const item of queue)` outside.
 *
 * @example
 * const urls = new mp.Queue<string>(100);
 * const reader = new mp.Process({ target: read, args: [urls] }).start();
 * yield* urls.put('https://example.org/');
 * urls.shutdown();
 */
export class Queue<T = unknown> extends Shared implements AsyncIterable<T> {
  /** The largest number of items it holds. */
  readonly maxsize: number;

  /**
   * @param maxsize the largest number of items it holds; unbounded by default
   * @throws RangeError unless it is a positive integer or Infinity
   */
  constructor(maxsize?: number);
  /** @internal */
  constructor(maxsize: number | Known, kind?: string);
  constructor(maxsize: number | Known = Infinity, kind = 'Queue') {
    const isKnown = maxsize instanceof Known;
    const size = isKnown ? (maxsize.fields[0] as number) : new LocalQueue(maxsize).maxsize;
    super(kind, isKnown ? maxsize : undefined, [size]);
    this.maxsize = size;
  }

  /**
   * Puts an item. Waits for room if the queue is full.
   *
   * @param item copied when the operation begins
   * @param options `timeout` in milliseconds
   * @throws TypeError if the item cannot be copied; Full when the timeout expires; ShutDown if the queue is shut down;
   *   ConnectionLostError if the process that made it ends
   */
  put(item: T, options?: TimeoutOption): Operation<void> {
    checkedTimeout(checkedOptions(options, TIMEOUT, 'queue.put()'));
    return this.askSurely<void>(
      'put',
      () => (options === undefined ? [itemFor(item)] : [itemFor(item), { ...options }]),
      true,
    );
  }

  /**
   * Puts an item if there is room now. It waits for the answer, but not for room.
   *
   * @throws Full if there is no room; ShutDown if the queue is shut down
   */
  putNowait(item: T): Operation<void> {
    return this.askSurely<void>('putNowait', () => [itemFor(item)], true);
  }

  /**
   * Takes the next item. Waits for one if the queue is empty. If the greenlet is cancelled, it has taken nothing.
   *
   * @param options `timeout` in milliseconds
   * @throws Empty when the timeout expires; ShutDown if the queue is shut down and drained; ConnectionLostError if the process that
   *   made it ends
   */
  get(options?: TimeoutOption): Operation<T> {
    checkedTimeout(checkedOptions(options, TIMEOUT, 'queue.get()'));
    return this.unpacked(this.ask<Packed>('get', options), 'get()');
  }

  /**
   * Takes the next item if there is one now. It waits for the answer, but not for an item.
   *
   * @throws Empty if there is none; ShutDown if the queue is shut down and drained
   */
  getNowait(): Operation<T> {
    return this.unpacked(this.ask<Packed>('getNowait'), 'getNowait()');
  }

  /** Waits for the next item and leaves it in place. Throws the errors that `get()` throws. */
  peek(options?: TimeoutOption): Operation<T> {
    checkedTimeout(checkedOptions(options, TIMEOUT, 'queue.peek()'));
    return this.unpacked(this.ask<Packed>('peek', options), 'peek()');
  }

  /** Tells how many items it holds. */
  qsize(): Operation<number> {
    return this.ask<number>('qsize');
  }

  /** Tells whether it holds no item. */
  empty(): Operation<boolean> {
    return this.ask<boolean>('empty');
  }

  /** Tells whether it holds `maxsize` items. */
  full(): Operation<boolean> {
    return this.ask<boolean>('full');
  }

  /**
   * Shuts the queue down. Every later `put()`, and every waiting putter, gets a `ShutDown`. Getters still receive the items that
   * the queue holds; after the last item, they get a `ShutDown` too.
   *
   * @param options `immediate` drops the items that the queue holds
   */
  shutdown(options?: ShutdownOptions): void {
    this.order('shutdown', [checkedOptions(options, SHUTDOWN_OPTIONS, 'queue.shutdown()')]);
  }

  /** The next step of an iteration: takes an item, or is done once the queue is shut down and drained. */
  next(): Operation<IteratorResult<T, undefined>> {
    return operation(() => this.step(), 'next()');
  }

  [Symbol.asyncIterator](): AsyncIterator<T, undefined> {
    return new Iteration<T>(() => this.next())[Symbol.asyncIterator]();
  }

  protected override fixed(): readonly unknown[] {
    return [this.maxsize];
  }

  override describeWait(method: string): string {
    if (method === 'get' || method === 'peek') return `an item of ${this.name}`;
    return method === 'put' ? `room in ${this.name}` : super.describeWait(method);
  }

  private unpacked(taken: Operation<Packed>, what: string): Operation<T> {
    return operation(() => unpack<T>(taken), what);
  }

  private *step(): Coroutine<IteratorResult<T, undefined>> {
    try {
      return { done: false, value: yield* this.get() };
    } catch (error) {
      // The reason of a kill may be a ShutDown. That does not end the iteration.
      if (isA(error, ShutDown) && kernel.current.pending?.error !== error) return { done: true, value: undefined };
      throw error;
    }
  }
}

const WAY: Way = { toThread: false, use: 'item' };

/** The item as it travels: a copy, so that later changes of the item do not matter. */
function itemFor(item: unknown): Packed {
  return packed(item, 'item', WAY);
}

function* unpack<T>(taken: Operation<Packed>): Coroutine<T> {
  return (yield* unpacked(yield* taken)) as T;
}

shares('Queue', Queue, (maxsize: number) => new QueueService(new LocalQueue(maxsize)));
