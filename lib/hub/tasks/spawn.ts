import { checkedTime } from '../checks/checks.ts';
import { hub } from '../loop/hub.ts';
import { Greenlet, type Spawned } from './greenlet.ts';

/**
 * Creates a greenlet and starts it: puts it in the run queue. It runs after the caller has suspended or its JavaScript job has
 * ended.
 *
 * @param fn usually a generator function, but plain and async functions work too. The greenlet of an async function ends when
 *   its promise settles
 * @param args the arguments of `fn`
 * @throws TypeError if `fn` is not a function
 *
 * @example
 * const jobs = urls.map((url) => spawn(scrape, url));
 */
export function spawn<A extends unknown[], R>(fn: (...args: A) => R, ...args: A): Greenlet<Spawned<R>> {
  const greenlet = Greenlet.make(fn, args);
  // It is new, so `start()` has nothing to check.
  hub.enqueueNew(greenlet);
  return greenlet;
}

/**
 * Creates a greenlet and starts it after a delay.
 *
 * @param ms the delay in milliseconds
 * @throws RangeError for NaN and negative times, TypeError if `fn` is not a function
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
