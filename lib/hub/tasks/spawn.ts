import { checkedTime } from '../checks/checks.ts';
import { Greenlet, type Spawned } from './greenlet.ts';

/**
 * Makes a greenlet and starts it: it is put in the run queue, and runs when the caller has suspended or its JavaScript
 * job has ended.
 *
 * @param fn usually a generator function; plain and async ones do too (an async one ends when its promise settles)
 * @param args what it is called with
 * @throws TypeError when `fn` is not a function
 *
 * @example
 * const jobs = urls.map((url) => spawn(scrape, url));
 */
export function spawn<A extends unknown[], R>(fn: (...args: A) => R, ...args: A): Greenlet<Spawned<R>> {
  const greenlet = Greenlet.make(fn, args);
  greenlet.start();
  return greenlet;
}

/**
 * The same, starting in a while.
 *
 * @param ms milliseconds
 * @throws RangeError for NaN and negative times, TypeError when `fn` is not a function
 *
 * @example
 * spawnLater(1_000, report);
 */
export function spawnLater<A extends unknown[], R>(
  ms: number,
  fn: (...args: A) => R,
  ...args: A
): Greenlet<Spawned<R>> {
  checkedTime(ms, 'the time of spawnLater(ms, fn)');
  const greenlet = Greenlet.make(fn, args);
  greenlet.startLater(ms);
  return greenlet;
}
