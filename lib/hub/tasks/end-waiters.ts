import { type Waiter, WaitQueue } from '../loop/wait-queue.ts';

/** Several waiters for the end of one greenlet. The first may wait at other greenlets too, so it is in no queue. */
export class Crowd {
  first: Waiter | null;
  readonly others = new WaitQueue();

  constructor(first: Waiter) {
    this.first = first;
  }
}

/** The waiters, first to last. */
export function endWaiters(waiters: Waiter | Crowd): Waiter[] {
  if (!(waiters instanceof Crowd)) return [waiters];
  return waiters.first === null ? [...waiters.others] : [waiters.first, ...waiters.others];
}

/** A waiter that may take a greenlet's error. An error that was taken is not reported. */
export interface ErrorTaker extends Waiter {
  readonly takesErrors: boolean;
}

export function takesErrors(waiter: Waiter): boolean {
  return (waiter as Partial<ErrorTaker>).takesErrors === true;
}
