import type { Operation } from '../../greenlet/operation.ts';
import { checkedTimeout, type TimeoutOption } from '../../hub/checks/checks.ts';
import { checkedOptions, TIMEOUT } from '../../hub/checks/options.ts';
import { JoinableQueue as LocalQueue } from '../../sync/joinable-queue.ts';
import { Queue } from './queue.ts';
import { JoinableQueueService } from './queue-service.ts';
import { type Known, shares } from './shared.ts';

/**
 * A queue that counts unfinished tasks, for greenlets of all threads and processes. Each `put` adds a task; the greenlet that got
 * it calls `taskDone()` when it has finished. `join()` waits for all tasks.
 */
export class JoinableQueue<T = unknown> extends Queue<T> {
  /**
   * @param maxsize the largest number of items it holds; unbounded by default
   * @throws RangeError unless it is a positive integer or Infinity
   */
  constructor(maxsize?: number);
  /** @internal */
  constructor(known: Known);
  constructor(maxsize?: number | Known) {
    super(maxsize as Known, 'JoinableQueue');
  }

  /** Marks one task as finished. A call too many is reported to `getHub().handleError`. */
  taskDone(): void {
    this.order('taskDone', [], true);
  }

  /**
   * Waits until all tasks are done.
   *
   * @param options `timeout` in milliseconds
   * @returns an operation that gives true, or false if the timeout passed first
   */
  join(options?: TimeoutOption): Operation<boolean> {
    checkedTimeout(checkedOptions(options, TIMEOUT, 'queue.join()'));
    return this.ask<boolean>('join', options);
  }

  /** Tells how many tasks were put and are not done yet. */
  unfinishedTasks(): Operation<number> {
    return this.ask<number>('unfinishedTasks');
  }
}

shares('JoinableQueue', JoinableQueue, (maxsize: number) => new JoinableQueueService(new LocalQueue(maxsize)));
