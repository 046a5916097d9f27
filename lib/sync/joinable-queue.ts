import { GreenletError } from '../greenlet/errors.ts';
import type { Operation } from '../greenlet/operation.ts';
import type { TimeoutOption } from '../hub/checks/checks.ts';
import { checkedOptions, TIMEOUT } from '../hub/checks/options.ts';
import { Event } from './event.ts';
import { Queue, type ShutdownOptions } from './queue.ts';

/** Up while no task of a queue is unfinished. */
class AllDone extends Event {
  private readonly queue: { readonly name: string };

  constructor(queue: { readonly name: string }) {
    super();
    this.queue = queue;
  }

  override describeWait(): string {
    return `all tasks of ${this.queue.name} to be done`;
  }
}

/**
 * A queue of tasks that one can wait for: each `put` adds one, and whoever got it says `taskDone()` when it is finished.
 * All else is as in `Queue`.
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
   * @param maxsize how many items it holds at the most; without bound unless given
   * @throws RangeError unless it is a whole number from 1 on, or Infinity
   */
  constructor(maxsize = Infinity) {
    super(maxsize);
    this.allDone.set();
  }

  /** How many were put and are not done. */
  get unfinishedTasks(): number {
    return this.unfinished;
  }

  /**
   * Says that one that was got is finished.
   *
   * @throws GreenletError when it is said more often than something was put
   */
  taskDone(): void {
    if (this.unfinished === 0) {
      throw new GreenletError(`taskDone() of ${this.name} was called once too often: call it once for each item got`);
    }
    this.finish(1);
  }

  /**
   * Waits until all that was put is done.
   *
   * @returns an operation for true, or false when the time was up first
   */
  join(options?: TimeoutOption): Operation<boolean> {
    return this.allDone.wait(checkedOptions(options, TIMEOUT, 'queue.join()'));
  }

  /** The same as for any queue; with `immediate`, what is dropped counts as done. */
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
