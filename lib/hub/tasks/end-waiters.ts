import type { Claimed } from '../../greenlet/rarities.ts';
import type { RawGreenlet } from '../../greenlet/raw-greenlet.ts';
import { type Waiter, WaitQueue } from '../loop/wait-queue.ts';

/** Several waiters for the end of one greenlet. The first may wait at other greenlets too, so it is in no queue. */
export class Crowd {
  first: Waiter | null;
  readonly others = new WaitQueue();

  constructor(first: Waiter) {
    this.first = first;
  }
}

/** All waiters, after one more has come. */
export function withWaiter(waiters: Waiter | Crowd, waiter: Waiter): Crowd {
  const crowd = waiters instanceof Crowd ? waiters : new Crowd(waiters);
  crowd.others.push(waiter);
  return crowd;
}

/** Notifies all waiters of a greenlet that has ended, first to last. `taken` is set if one of them takes its error. */
export function notifyWaiters(waiters: Waiter | Crowd, greenlet: { taken: boolean }): void {
  if (!(waiters instanceof Crowd)) {
    notifyWaiter(waiters, greenlet);
    return;
  }
  if (waiters.first !== null) notifyWaiter(waiters.first, greenlet);
  for (const waiter of waiters.others) if (takesErrors(waiter)) greenlet.taken = true;
  waiters.others.notifyAll();
}

function notifyWaiter(waiter: Waiter, greenlet: { taken: boolean }): void {
  waiter.queue = null;
  if (takesErrors(waiter)) greenlet.taken = true;
  waiter.notify(greenlet);
}

/** A waiter is about to end with the failure of a greenlet. If it is a branch that loses, the failure counts as not taken. */
export function noteClaim(waiter: RawGreenlet | null, failed: Claimed | null): void {
  if (waiter !== null && waiter.branching !== null) waiter.rare.claimed = failed;
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
