import { isA } from '../greenlet/errors.ts';
import { type Coroutine, type Operation, operation } from '../greenlet/operation.ts';
import { external } from '../hub/loop/external-waits.ts';
import { Iteration } from '../hub/tasks/iteration.ts';
import { ShutDown } from '../sync/errors.ts';
import { Queue } from '../sync/queue.ts';

/** What has arrived from outside and waits for a greenlet. It has an end. */
export class Inbox<T> {
  isClosed = false;
  /** Each item is a function that gives it or throws an error that has arrived in its place. */
  private readonly queue = new Queue<() => T>();

  push(item: T): void {
    this.add(() => item);
  }

  fail(error: Error): void {
    this.add(() => {
      throw error;
    });
  }

  /** Nothing more arrives. What is here can still be taken. */
  close(): void {
    this.isClosed = true;
    this.queue.shutdown();
  }

  /**
   * Takes the next item.
   *
   * @param atEnd makes the error that is thrown at the end
   */
  recv(atEnd: () => Error): Operation<T> {
    return this.take(
      (item) => item,
      () => {
        throw atEnd();
      },
      'recv()',
    );
  }

  /** An iteration to the end. Leaving it does not close the inbox unless `close` does. */
  items(close?: () => void): Iteration<T> {
    return new Iteration<T>(
      () =>
        this.take<IteratorResult<T, undefined>>(
          (value) => ({ done: false, value }),
          () => ({ done: true, value: undefined }),
          'next()',
        ),
      close,
    );
  }

  private add(item: () => T): void {
    if (!this.isClosed) this.queue.putNowait(item);
  }

  private take<R>(found: (item: T) => R, atEnd: () => R, call: string): Operation<R> {
    return operation(() => this.taking(found, atEnd), call);
  }

  private *taking<R>(found: (item: T) => R, atEnd: () => R): Coroutine<R> {
    let item: () => T;
    // The queue is ours, but what fills it is outside. Without this, the wait would look like a deadlock.
    external.waits += 1;
    try {
      item = yield* this.queue.get();
    } catch (error) {
      if (isA(error, ShutDown)) return atEnd();
      throw error;
    } finally {
      external.waits -= 1;
    }
    return found(item());
  }
}
