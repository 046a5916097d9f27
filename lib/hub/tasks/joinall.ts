import type { Operation } from '../../greenlet/operation.ts';
import { checkedOptions } from '../checks/options.ts';
import { checkedItems } from '../parking/items.ts';
import type { Greenlet } from './greenlet.ts';
import { JOIN_OPTIONS, type JoinOptions, WaitFor } from './wait-for.ts';

/**
 * Waits until the greenlets have ended. Their errors go to the caller, who finds them on the greenlets.
 *
 * @param greenlets to wait for
 * @param options `timeout` in milliseconds, after which those that are done are given all the same; `count` to be
 *   content with that many; `raiseError` to throw the earliest failure in time (one that was killed is none)
 * @returns an operation for the greenlets that are done, in the order in which they ended; each use gives a
 *   new array
 * @throws the first failure, with `raiseError`; TypeError, when it is waited for, if one is no Greenlet
 *
 * @example
 * await joinall(urls.map((url) => spawn(scrape, url)), { timeout: 10_000 });
 */
export function joinall<G extends Greenlet>(greenlets: Iterable<G>, options?: JoinOptions): Operation<G[]> {
  const list = checkedItems(greenlets, 'joinall()', 'greenlets');
  return new WaitFor(list, checkedOptions(options, JOIN_OPTIONS, 'joinall()'), true);
}
