import { checkedFunction } from '../hub/checks/checks.ts';
import { type Comparator, Heap } from './heap.ts';
import { Queue } from './queue.ts';

/** The values a PriorityQueue orders without a comparator: the item itself, or the first element of a pair. */
export type Priority = number | bigint | string | Date;

/** The items a PriorityQueue accepts without a comparator: plain values, and pairs of a priority and anything. */
export type Prioritized = Priority | readonly [priority: Priority, ...item: unknown[]];

/**
 * A queue that gives the least item first, and equal items in the order in which they were put. Everything else works
 * as in `Queue`. If greenlets are waiting, an item goes to the first of them at once, even if a lesser item follows.
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
  private readonly compare: Comparator<T>;

  /**
   * @param maxsize the largest number of items it holds; unbounded by default
   * @param comparator as for `Array.sort`; without one, items are numbers, bigints, strings or Dates, or arrays that
   *   begin with one of these
   * @throws RangeError unless `maxsize` is a whole number, at least 1, or Infinity; TypeError if `comparator` is not a
   *   function
   */
  constructor(maxsize = Infinity, comparator: Comparator<T> = byPriority) {
    const compare = checkedComparator(comparator);
    super(maxsize, new Heap<T>(compare));
    this.compare = compare;
  }

  /** @internal */
  override offer(item: T): boolean {
    // Refuse an incomparable item now, rather than when the next item arrives.
    this.compare(item, item);
    return super.offer(item);
  }
}

function checkedComparator<T>(comparator: Comparator<T>): Comparator<T> {
  checkedFunction(comparator, 'a PriorityQueue');
  return (a, b) => {
    const order = comparator(a, b);
    if (typeof order !== 'number' || Number.isNaN(order)) {
      throw new TypeError(`the comparator of a PriorityQueue returned ${order}: return a number`);
    }
    return order;
  };
}

function byPriority(a: unknown, b: unknown): number {
  const first = priorityOf(a);
  const second = priorityOf(b);
  if (kindOf(first) !== kindOf(second)) {
    throw new TypeError(
      `a PriorityQueue without a comparator cannot order ${describe(first)} and ${describe(second)}: ` +
        'use priorities of one type, or give it a comparator as its second argument',
    );
  }
  if (first < second) return -1;
  return first > second ? 1 : 0;
}

function priorityOf(item: unknown): Priority {
  const priority: unknown = Array.isArray(item) ? item[0] : item;
  if (kindOf(priority) === undefined) {
    throw new TypeError(
      `a PriorityQueue without a comparator takes numbers, strings, Dates and [priority, item] pairs, not ${describe(priority)}: ` +
        'give it a comparator as its second argument',
    );
  }
  return priority as Priority;
}

/** The kind of a priority: only those of one kind can be compared. Undefined if the value is not a priority. */
function kindOf(value: unknown): string | undefined {
  if (typeof value === 'number') return Number.isNaN(value) ? undefined : 'number';
  if (typeof value === 'bigint') return 'number';
  if (typeof value === 'string') return 'string';
  return value instanceof Date && !Number.isNaN(value.getTime()) ? 'date' : undefined;
}

function describe(value: unknown): string {
  return typeof value === 'object' && value !== null ? (value.constructor?.name ?? 'object') : String(value);
}
