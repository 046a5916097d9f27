import { checkedFunction } from '../hub/checks.ts';
import { type Comparator, Heap } from './heap.ts';
import { Queue } from './queue.ts';

/** What a PriorityQueue without a comparator orders by: the item itself, or the first element of a pair. */
export type Priority = number | bigint | string | Date;

/** What a PriorityQueue can order without being told how: plain values, and pairs of a priority and anything. */
export type Prioritized = Priority | readonly [priority: Priority, ...item: unknown[]];

/**
 * A queue that gives the least item first, and equal ones in the order in which they were put. All else is as in `Queue`;
 * an item that is put while somebody waits for one goes to the first who waits, whatever comes after it.
 *
 * Putting and taking are O(log n).
 *
 * @example
 * const agenda = new PriorityQueue<[number, string]>();
 * agenda.putNowait([2, 'sweep']); agenda.putNowait([1, 'cook']);
 * agenda.getNowait(); // [1, 'cook']
 * const oldest = new PriorityQueue<Person>(Infinity, (a, b) => b.age - a.age);
 */
export class PriorityQueue<T = Prioritized> extends Queue<T> {
  /**
   * @param maxsize how many items it holds at the most; without bound unless given
   * @param comparator as for `Array.sort`; without one, items are numbers, bigints, strings or Dates, or arrays that
   *   begin with one of these
   * @throws RangeError unless maxsize is a whole number from 1 on, or Infinity; TypeError when the comparator is no function
   */
  constructor(maxsize = Infinity, comparator: Comparator<T> = byPriority) {
    super(maxsize, new Heap<T>(checkedFunction(comparator, 'a PriorityQueue')));
  }
}

function byPriority(a: unknown, b: unknown): number {
  const first = priorityOf(a);
  const second = priorityOf(b);
  if (first < second) return -1;
  return first > second ? 1 : 0;
}

function priorityOf(item: unknown): Priority {
  const priority: unknown = Array.isArray(item) ? item[0] : item;
  if (typeof priority === 'number' && Number.isNaN(priority)) throw new TypeError('NaN is no priority');
  if (['number', 'bigint', 'string'].includes(typeof priority) || priority instanceof Date) return priority as Priority;
  throw new TypeError(
    `a PriorityQueue without a comparator takes numbers, strings, Dates and [priority, item] pairs, not ${describe(priority)}: ` +
      'give it a comparator as its second argument',
  );
}

function describe(value: unknown): string {
  return typeof value === 'object' && value !== null ? (value.constructor?.name ?? 'object') : String(value);
}
