import type { Operation } from '../greenlet/operation.ts';
import { line, Shown, TEXT, waitText } from '../greenlet/shown.ts';
import type { TimeoutOption } from '../hub/checks/checks.ts';
import { checkedOptions, TIMEOUT } from '../hub/checks/options.ts';
import { type Waiter, WaitQueue } from '../hub/loop/wait-queue.ts';
import { type Flag, FlagWait } from './flag-wait.ts';
import { nameOf } from './named.ts';

/**
 * A flag that greenlets wait for. Everybody who waits when it is set goes on, in the order in which they began to wait,
 * even if it is cleared again before they run.
 *
 * @example
 * const green = new Event();
 * spawn(function* car() { yield* green.wait(); console.log('off it goes'); });
 * green.set();
 */
export class Event extends Shown implements Flag {
  /** What messages call it. */
  name = nameOf('Event');
  private flag = false;
  private readonly waiters = new WaitQueue();

  /** @internal */
  [TEXT](): string {
    return line('Event', this.name, this.flag ? 'set' : 'not set', waitText(this.waiters));
  }

  /** Raises the flag and wakes all who wait. */
  set(): void {
    this.flag = true;
    this.waiters.notifyAll();
  }

  /** Lowers the flag: who waits from now on blocks. */
  clear(): void {
    this.flag = false;
  }

  isSet(): boolean {
    return this.flag;
  }

  /** The same as `isSet()`: what `wait()` and `iwait()` of the hub look at. */
  ready(): boolean {
    return this.flag;
  }

  /**
   * Waits until the flag is up.
   *
   * @returns an operation for true, or false when the time was up first
   */
  wait(options?: TimeoutOption): Operation<boolean> {
    return new FlagWait(this, checkedOptions(options, TIMEOUT, 'event.wait()'));
  }

  /** @internal */
  watch(waiter: Waiter): void {
    this.waiters.push(waiter);
  }

  /** @internal */
  describeWait(): string {
    return `${this.name} to be set`;
  }
}
