import type { Operation } from '../greenlet/operation.ts';
import { line, Shown, TEXT, waitText } from '../greenlet/shown.ts';
import type { TimeoutOption } from '../hub/checks/checks.ts';
import { checkedOptions, TIMEOUT } from '../hub/checks/options.ts';
import { type Waiter, WaitQueue } from '../hub/loop/wait-queue.ts';
import { type Flag, FlagWait } from './flag-wait.ts';
import { nameOf } from './named.ts';

/**
 * A flag that greenlets wait for. `set()` wakes all waiters in the order in which they came, even if the flag is
 * cleared again before they run.
 *
 * @example
 * const green = new Event();
 * spawn(function* car() { yield* green.wait(); console.log('off it goes'); });
 * green.set();
 */
export class Event extends Shown implements Flag {
  /** Its name in messages. */
  name = nameOf('Event');
  private flag = false;
  private readonly waiters = new WaitQueue();

  /** @internal */
  [TEXT](): string {
    return line('Event', this.name, this.flag ? 'set' : 'not set', waitText(this.waiters));
  }

  /** Sets the flag and wakes all waiters. */
  set(): void {
    this.flag = true;
    this.waiters.notifyAll();
  }

  /** Clears the flag: later calls of `wait()` block. */
  clear(): void {
    this.flag = false;
  }

  isSet(): boolean {
    return this.flag;
  }

  /** The same as `isSet()`. The hub's `wait()` and `iwait()` call it. */
  ready(): boolean {
    return this.flag;
  }

  /**
   * Waits until the flag is set.
   *
   * @param options `timeout` in milliseconds
   * @returns an operation that gives true, or false if the timeout passed first
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
