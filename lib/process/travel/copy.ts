import { isList } from './list.ts';

/** The depth and the number of objects that are copied by hand. For more, a structured clone is quicker. */
const DEEPEST = 4;
const MOST = 32;

/** What stands for a value that must be cloned. */
const TOO_MUCH = Symbol('too much');

/** The objects of the present copy. One that is there twice must be one object in the copy too. */
const seen: object[] = [];

/**
 * Copies a value that can be cloned, as `structuredClone()` does. Small plain data, which is most of what programs send, is copied
 * by hand, in a tenth of the time.
 */
export function copyOf<T>(value: T): T {
  seen.length = 0;
  const copy = plainCopy(value, 0);
  return (copy === TOO_MUCH ? structuredClone(value) : copy) as T;
}

function plainCopy(value: unknown, depth: number): unknown {
  if (typeof value === 'function' || typeof value === 'symbol') return TOO_MUCH;
  if (typeof value !== 'object' || value === null) return value;
  if (depth === DEEPEST || seen.length === MOST || seen.includes(value)) return TOO_MUCH;
  seen.push(value);
  if (Array.isArray(value)) return arrayCopy(value, depth);
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype ? objectCopy(value as Record<string, unknown>, depth) : TOO_MUCH;
}

function arrayCopy(array: readonly unknown[], depth: number): unknown {
  const { length } = array;
  if (length > MOST || !isList(array)) return TOO_MUCH;
  const copy = new Array<unknown>(length);
  for (let index = 0; index < length; index += 1) {
    const element = plainCopy(array[index], depth + 1);
    if (element === TOO_MUCH) return TOO_MUCH;
    copy[index] = element;
  }
  return copy;
}

function objectCopy(object: Readonly<Record<string, unknown>>, depth: number): unknown {
  const copy: Record<string, unknown> = {};
  for (const key of Object.keys(object)) {
    const field = plainCopy(object[key], depth + 1);
    if (field === TOO_MUCH || key === '__proto__') return TOO_MUCH;
    copy[key] = field;
  }
  return copy;
}
