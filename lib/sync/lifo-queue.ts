import { Queue } from './queue.ts';
import { Stack } from './stack.ts';

/**
 * A last-in, first-out queue. Everything else works as in `Queue`. If greenlets are waiting, an item goes to the first
 * of them at once.
 *
 * @example
 * const depthFirst = new LifoQueue<string>();
 * depthFirst.putNowait('/'); depthFirst.putNowait('/a');
 * depthFirst.getNowait(); // '/a'
 */
export class LifoQueue<T> extends Queue<T> {
  /**
   * @param maxsize the largest number of items it holds; unbounded by default
   * @throws RangeError unless `maxsize` is a whole number, at least 1, or Infinity
   */
  constructor(maxsize = Infinity) {
    super(maxsize, new Stack<T>());
  }
}
