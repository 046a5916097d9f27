import { isA } from '../greenlet/errors.ts';
import { type Operation, operation } from '../greenlet/operation.ts';
import { external } from '../hub/loop/external-waits.ts';
import { ShutDown } from '../sync/errors.ts';
import { Queue } from '../sync/queue.ts';

/** What has arrived from outside and waits for a greenlet. It has an end. */
export class Inbox<T> {
  private readonly queue = new Queue<T>();
  private isClosed = false;

  push(item: T): void {
    if (!this.isClosed) this.queue.putNowait(item);
  }

  /** Nothing more arrives. What is here can still be taken. */
  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.queue.shutdown();
  }

  /**
   * Takes the next item.
   *
   * @param atEnd what happens at the end: returns a value or throws
   * @param call the call that the operation belongs to, for messages
   */
  take<R>(found: (item: T) => R, atEnd: () => R, call: string): Operation<R> {
    const { queue } = this;
    return operation(function* () {
      let item: T;
      // The queue is ours, but what fills it is outside. Without this, the wait would look like a deadlock.
      external.waits += 1;
      try {
        item = yield* queue.get();
      } catch (error) {
        if (isA(error, ShutDown)) return atEnd();
        throw error;
      } finally {
        external.waits -= 1;
      }
      return found(item);
    }, call);
  }

  /** Takes the next item as the step of an iteration. */
  step(): Operation<IteratorResult<T, undefined>> {
    return this.take<IteratorResult<T, undefined>>(
      (value) => ({ done: false, value }),
      () => ({ done: true, value: undefined }),
      'next()',
    );
  }
}
