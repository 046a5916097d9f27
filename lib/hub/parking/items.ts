import { isOperation } from '../../greenlet/operation.ts';
import { isIterable } from '../checks/kind-of.ts';
import { handOverAll } from './handed-over.ts';

/**
 * Copies a list of arguments into an array.
 *
 * @param of the kind of the members, for the message
 * @throws TypeError if it is not a list, for example because the caller passed the members one by one
 */
export function checkedItems<T>(items: Iterable<T>, caller: string, of: string): T[] {
  if (isIterable(items) && !isOperation(items) && !(items instanceof Promise))
    return Array.isArray(items) ? [...items] : read(items);
  throw new TypeError(`${caller} takes a list of ${of}, as in ${caller.replace('()', '([a, b])')}`);
}

/** Reads an iterable. If that fails halfway, subscribes to the promises read so far, because they were handed over. */
function read<T>(items: Iterable<T>): T[] {
  const list: T[] = [];
  try {
    for (const item of items) list.push(item);
  } catch (error) {
    handOverAll(list);
    throw error;
  }
  return list;
}
