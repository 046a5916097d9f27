import type { Operation } from '../../greenlet/operation.ts';
import type { TimeoutOption } from '../checks/checks.ts';
import { checkedOptions, TIMEOUT } from '../checks/options.ts';
import { checkedItems } from '../parking/items.ts';
import type { AnyWaitable } from './ready-order.ts';
import { handedOver, WAIT_OPTIONS, WAITABLES, WaitFor, type WaitOptions } from './wait-for.ts';
import { WaitIdle } from './wait-idle.ts';

/**
 * Waits until nothing is left to do: every other greenlet has ended, or nothing can wake those that are left.
 *
 * @returns an operation for true, or for false if the time is up first
 */
export function wait(waitables?: undefined, options?: TimeoutOption): Operation<boolean>;
/**
 * Waits until objects are ready, without taking anything from them.
 *
 * @param waitables greenlets, events, results, queues, locks, semaphores, operations and promises. The wait starts the operations,
 *   and cancels those that have not ended when it ends
 * @param options `timeout` in milliseconds; `count`: return when this many are ready
 * @returns an operation for the ready objects, in the order in which they became ready. Each use returns a new array
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
