import { Queue } from './queue.ts';
import { Stack } from './stack.ts';

/**
 * A queue that gives the item that was put last first. All else is as in `Queue`; an item that is put while somebody
 * waits for one goes to the first who waits.
 *
 * @example
 * const depthFirst = new LifoQueue<string>();
 * depthFirst.putNowait('/'); depthFirst.putNowait('/a');
 * depthFirst.getNowait(); // '/a'
 */
export class LifoQueue<T> extends Queue<T> {
  /**
   * @param maxsize how many items it holds at the most; without bound unless given
   * @throws RangeError unless it is a whole number from 1 on, or Infinity
   */
  constructor(maxsize = Infinity) {
    super(maxsize, new Stack<T>());
  }
}
