import { GreenletError } from '../greenlet/errors.ts';
import type { Operation } from '../greenlet/operation.ts';
import type { TimeoutOption } from '../hub/checks/checks.ts';
import { checkedOptions, TIMEOUT } from '../hub/checks/options.ts';
import { Event } from './event.ts';
import { Queue, type ShutdownOptions } from './queue.ts';

/** Set while a queue has no unfinished task. */
class AllDone extends Event {
  private readonly queue: { readonly name: string };

  constructor(queue: { readonly name: string }) {
    super();
    this.queue = queue;
  }

  /** @internal The object that people know. */
  get place(): object {
    return this.queue;
  }

  override describeWait(): string {
    return `all tasks of ${this.queue.name} to be done`;
  }
}

/**
 * A queue that counts unfinished tasks. Each `put` adds a task; the greenlet that got it calls `taskDone()` when it has
 * finished. `join()` waits for all tasks. Everything else works as in `Queue`.
 *
 * @example
 * const tasks = new JoinableQueue<string>();
 * spawn(function* worker() {
 *   yield* forEach(tasks, function* (url) { try { yield* scrape(url); } finally { tasks.taskDone(); } });
 * });
 * tasks.putNowait('/');
 * yield* tasks.join();
 */
export class JoinableQueue<T> extends Queue<T> {
  private unfinished = 0;
  private readonly allDone = new AllDone(this);

  /**
   * @param maxsize the largest number of items it holds; unbounded by default
   * @throws RangeError unless `maxsize` is a whole number, at least 1, or Infinity
   */
  constructor(maxsize = Infinity) {
    super(maxsize);
    this.allDone.set();
  }

  /** How many tasks were put and are not done yet. */
  get unfinishedTasks(): number {
    return this.unfinished;
  }

  /**
   * Marks one task as finished. Call it once for each item that you got.
   *
   * @throws GreenletError if there is no unfinished task
   */
  taskDone(): void {
    if (this.unfinished === 0) {
      throw new GreenletError(`taskDone() of ${this.name} was called too often: call it once for each item you got`);
    }
    this.finish(1);
  }

  /**
   * Waits until all tasks are done.
   *
   * @param options `timeout` in milliseconds
   * @returns an operation that gives true, or false if the timeout passed first
   */
  join(options?: TimeoutOption): Operation<boolean> {
    return this.allDone.wait(checkedOptions(options, TIMEOUT, 'queue.join()'));
  }

  /** Shuts the queue down as in `Queue`. With `immediate`, the dropped items count as done. */
  override shutdown(options?: ShutdownOptions): void {
    const held = this.qsize();
    super.shutdown(options);
    this.finish(held - this.qsize());
  }

  protected override accepted(): void {
    this.unfinished += 1;
    this.allDone.clear();
  }

  private finish(count: number): void {
    this.unfinished -= count;
    if (this.unfinished === 0) this.allDone.set();
  }
}
