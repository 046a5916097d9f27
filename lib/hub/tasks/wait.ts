import type { Operation } from '../../greenlet/operation.ts';
import type { TimeoutOption } from '../checks/checks.ts';
import { checkedOptions, TIMEOUT } from '../checks/options.ts';
import { checkedItems } from '../parking/items.ts';
import type { AnyWaitable } from './ready-order.ts';
import { handedOver, WAIT_OPTIONS, WAITABLES, WaitFor, type WaitOptions } from './wait-for.ts';
import { WaitIdle } from './wait-idle.ts';

/**
 * Waits until nothing is left to happen: every other greenlet has ended, or none of them can be woken any more.
 *
 * @returns an operation for true, or false when the time was up first
 */
export function wait(waitables?: undefined, options?: TimeoutOption): Operation<boolean>;
/**
 * Waits until things are ready, without taking anything from them.
 *
 * @param waitables greenlets, events, results, queues, locks, semaphores; or operations and promises, which are
 *   started (and, if they have not ended when this does, cancelled)
 * @param options `timeout` in milliseconds, `count` to be content with that many
 * @returns an operation for those that are ready, in the order in which they became so; each use gives a new array
 *
 * @example
 * const [first] = yield* wait([queue, stopped], { count: 1 });
 */
export function wait<W extends AnyWaitable>(waitables: Iterable<W>, options?: WaitOptions): Operation<W[]>;
export function wait<W extends AnyWaitable>(
  waitables?: Iterable<W>,
  options?: WaitOptions,
): Operation<W[]> | Operation<boolean> {
  if (waitables === undefined) return new WaitIdle(checkedOptions(options, TIMEOUT, 'wait()'));
  const list = checkedItems(waitables, 'wait()', WAITABLES);
  const taken = handedOver(list, 'wait()');
  return new WaitFor(taken, checkedOptions(options, WAIT_OPTIONS, 'wait()'), false);
}
