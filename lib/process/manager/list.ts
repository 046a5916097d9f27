import type { Operation } from '../../greenlet/operation.ts';
import { kindOf } from '../../hub/checks/kind-of.ts';
import { type Known, shares } from '../shared/shared.ts';
import { copyOf } from '../travel/copy.ts';
import { decode } from '../travel/encode.ts';
import { ListService } from './list-service.ts';
import { asItIs, Managed } from './managed.ts';
import { type Stored, stored } from './stored.ts';

/**
 * A list in the server of a Manager. Each method is one atomic operation there. What you get is a copy: to change an object
 * inside, get it, change it and `set()` it again.
 *
 * Negative indexes count from the end. An index out of range is a RangeError.
 *
 * @example
 * const jobs = manager.list(['a', 'b']);
 * yield* jobs.append('c');
 * yield* jobs.pop(); // 'c'
 */
export class ListProxy<T = unknown> extends Managed {
  /** @internal A Manager makes it. */
  constructor(known: Known) {
    super('List', known);
  }

  /** @throws RangeError if the index is out of range */
  get(index: number): Operation<T> {
    return this.read('get', [checkedIndex(index, 'get')], (value: Stored) => decode(value) as T);
  }

  /** @throws RangeError if the index is out of range; TypeError if the value cannot be sent */
  set(index: number, value: T): Operation<void> {
    checkedIndex(index, 'set');
    return this.change('set', () => [index, stored(value)], asItIs<void>);
  }

  /** Adds a value at the end. */
  append(value: T): Operation<void> {
    return this.change('append', () => [stored(value)], asItIs<void>);
  }

  /** Adds many values at the end, all of them at once. */
  extend(values: Iterable<T>): Operation<void> {
    return this.change('extend', () => [storedItems(values)], asItIs<void>);
  }

  /**
   * Adds a value before the item with this index; at the end if `index` is the length.
   *
   * @throws RangeError if the index is out of range
   */
  insert(index: number, value: T): Operation<void> {
    checkedIndex(index, 'insert');
    return this.change('insert', () => [index, stored(value)], asItIs<void>);
  }

  /**
   * Removes an item and gives it. By default it is the last one.
   *
   * @throws RangeError if the index is out of range, as it always is in an empty list
   */
  pop(index = -1): Operation<T> {
    checkedIndex(index, 'pop');
    return this.change(
      'pop',
      () => [index],
      (value: Stored) => decode(value) as T,
    );
  }

  /** Removes the first item that is equal to a value. Objects are compared by what they contain. Gives false if there is none. */
  remove(value: T): Operation<boolean> {
    return this.change('remove', () => [stored(value)], asItIs<boolean>);
  }

  /** Gives the index of the first item that is equal to a value, or -1. Objects are compared by what they contain. */
  indexOf(value: T): Operation<number> {
    return this.read('indexOf', [copyOf(stored(value))], asItIs<number>);
  }

  /** Tells whether an item is equal to a value. Objects are compared by what they contain. */
  includes(value: T): Operation<boolean> {
    return this.read('indexOf', [copyOf(stored(value))], (index: number) => index >= 0);
  }

  /** Gives the items from `start` to `end`, excluding `end`, as `slice()` of an array does. */
  slice(start?: number, end?: number): Operation<T[]> {
    if (start !== undefined) checkedIndex(start, 'slice');
    if (end !== undefined) checkedIndex(end, 'slice');
    return this.read('slice', [start, end], decodedItems<T>);
  }

  length(): Operation<number> {
    return this.read('length', [], asItIs<number>);
  }

  /**
   * Sorts the list: numbers by value, strings by code unit.
   *
   * @throws TypeError if the items are neither all numbers nor all strings; then nothing has changed
   */
  sort(): Operation<void> {
    return this.change('sort', () => [], asItIs<void>);
  }

  /** Reverses the order of the items. */
  reverse(): Operation<void> {
    return this.change('reverse', () => [], asItIs<void>);
  }

  clear(): Operation<void> {
    return this.change('clear', () => [], asItIs<void>);
  }

  /** Gives all items as of one moment. */
  copy(): Operation<T[]> {
    return this.read('slice', [], decodedItems<T>);
  }
}

shares('List', ListProxy, (items: readonly Stored[]) => new ListService(items));

/** @throws TypeError if an item cannot be sent */
export function storedItems(values: Iterable<unknown>): Stored[] {
  if (typeof values !== 'object' || values === null || !(Symbol.iterator in values)) {
    throw new TypeError(`the items of a list are an iterable, such as an array, not ${kindOf(values)}`);
  }
  return Array.from(values, (value, index) => stored(value, () => `value[${index}]`));
}

function decodedItems<T>(items: readonly Stored[]): T[] {
  return items.map((item) => decode(item) as T);
}

function checkedIndex(index: unknown, method: string): number {
  if (typeof index !== 'number') throw new TypeError(`${method}() takes an index, not ${kindOf(index)}`);
  if (!Number.isInteger(index)) throw new RangeError(`${method}() takes a whole number as an index, not ${index}`);
  return index;
}
