import type { Coroutine, Operation } from '../../greenlet/operation.ts';
import type { TimeoutOption } from '../../hub/checks/checks.ts';
import { checkedTimeout } from '../../hub/checks/checks.ts';
import { checkedOptions, TIMEOUT } from '../../hub/checks/options.ts';
import { Event as LocalEvent } from '../../sync/event.ts';
import { type Service, WAITS } from '../network/maker.ts';
import { type Known, Shared, shares } from './shared.ts';

/** The object behind a shared Event. */
class EventService implements Service {
  private readonly event = new LocalEvent();

  answer(method: string): unknown {
    return method === 'isSet' || this.event.isSet() ? this.event.isSet() : WAITS;
  }

  *answerLater(_method: string, [options]: readonly unknown[]): Coroutine<unknown> {
    return yield* this.event.wait(options as TimeoutOption | undefined);
  }

  order(method: string): void {
    if (method === 'set') this.event.set();
    else this.event.clear();
  }
}

/**
 * A flag that greenlets of all threads and processes wait for. `set()` wakes all waiters, even if the flag is cleared again before
 * they run.
 */
export class Event extends Shared {
  constructor();
  /** @internal */
  constructor(known: Known);
  constructor(known?: Known) {
    super('Event', known, []);
  }

  /** Sets the flag and wakes all waiters. */
  set(): void {
    this.order('set');
  }

  /** Clears the flag: later calls of `wait()` block. */
  clear(): void {
    this.order('clear');
  }

  /** Tells whether the flag is set. */
  isSet(): Operation<boolean> {
    return this.ask<boolean>('isSet');
  }

  /**
   * Waits until the flag is set.
   *
   * @param options `timeout` in milliseconds
   * @returns an operation that gives true, or false if the timeout passed first
   */
  wait(options?: TimeoutOption): Operation<boolean> {
    checkedTimeout(checkedOptions(options, TIMEOUT, 'event.wait()'));
    return this.ask<boolean>('wait', options);
  }
}

shares('Event', Event, () => new EventService());
