import { checkedTimeout, type TimeoutOption } from '../checks/checks.ts';
import { hub } from '../loop/hub.ts';
import type { Waiter, Waiting } from '../loop/wait-queue.ts';
import type { Suspension } from './suspension.ts';

/** A suspension that may have a deadline. */
export interface TimeLimited<T> extends Suspension<T> {
  /** Called when the time is up. Returns the result of the wait, or throws. */
  timedOut(timeout: number): T;
}

/**
 * The time limit of a suspension, and the timer that ends the wait when the time is up. The suspension starts it when the wait
 * begins, and stops it when the wait ends.
 */
export class Deadline<T> implements Waiter {
  queue: Waiting | null;
  before: Waiter | null;
  after: Waiter | null;
  readonly timeout: number;
  readonly wait: TimeLimited<T>;

  constructor(wait: TimeLimited<T>, timeout: number) {
    this.queue = null;
    this.before = null;
    this.after = null;
    this.timeout = timeout;
    this.wait = wait;
  }

  start(): void {
    hub.timers.start(this, this.timeout);
  }

  stop(): void {
    hub.timers.stop(this);
  }

  notify(): void {
    this.wait.expire(this);
  }

  /** The result of a wait that has lasted too long; or throws. */
  outcome(): T {
    return this.wait.timedOut(this.timeout);
  }

  /** The same time limit for another wait. */
  for(wait: TimeLimited<T>): Deadline<T> {
    return new Deadline(wait, this.timeout);
  }
}

/**
 * The deadline of a suspension; null if the options set no limit.
 *
 * @throws RangeError for a negative or NaN timeout, TypeError for anything but a number
 */
export function deadlineOf<T>(wait: TimeLimited<T>, options: TimeoutOption | undefined): Deadline<T> | null {
  if (options === undefined) return null;
  const timeout = checkedTimeout(options);
  return timeout === Infinity ? null : new Deadline(wait, timeout);
}
