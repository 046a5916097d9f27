import type { Operation } from '../../greenlet/operation.ts';
import { checkedOptions } from '../checks/options.ts';
import { checkedItems } from '../parking/items.ts';
import type { Joinable } from './ends-with.ts';
import type { Greenlet } from './greenlet.ts';
import { JOIN_OPTIONS, type JoinOptions, WaitFor } from './wait-for.ts';

/**
 * Waits until greenlets have ended. Their errors count as taken; you find them in `exception` of each greenlet.
 *
 * @param greenlets the greenlets to wait for, and processes of `greenhub/process`
 * @param options `timeout` in milliseconds, after which the greenlets that have ended by then are returned; `count`: return when
 *   this many have ended; `raiseError`: throw the earliest failure (a killed greenlet has not failed)
 * @returns an operation for the greenlets that have ended, in the order in which they ended. Each use returns a new array
 * @throws the first failure, with `raiseError`; TypeError, from the wait, if a member is not a Greenlet
 *
 * @example
 * await joinall(urls.map((url) => spawn(scrape, url)), { timeout: 10_000 });
 */
export function joinall<G extends Greenlet | Joinable>(greenlets: Iterable<G>, options?: JoinOptions): Operation<G[]> {
  const list = checkedItems(greenlets, 'joinall()', 'greenlets');
  return new WaitFor(list, checkedOptions(options, JOIN_OPTIONS, 'joinall()'), true);
}
