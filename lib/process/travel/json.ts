import { isList } from './list.ts';

/** The depth and the number of objects that become text. */
const DEEPEST = 4;
const MOST = 32;
/** The length of a string that becomes part of a text. Longer ones are quicker without. */
const LONGEST = 4_096;

/** The objects of the present value. One that is there twice must arrive as one object, which JSON cannot say. */
const seen: object[] = [];

/** Small plain data as JSON text, which takes less time than a structured clone. Null if it would not be the same after `JSON.parse()`. */
export function jsonOf(value: unknown): string | null {
  seen.length = 0;
  return isJson(value, 0) ? JSON.stringify(value) : null;
}

function isJson(value: unknown, depth: number): boolean {
  switch (typeof value) {
    case 'string':
      return value.length <= LONGEST;
    case 'boolean':
      return true;
    case 'number':
      return Number.isFinite(value) && !Object.is(value, -0);
    case 'object':
      return value === null || isJsonObject(value, depth);
    default:
      return false;
  }
}

function isJsonObject(object: object, depth: number): boolean {
  if (depth === DEEPEST || seen.length === MOST || seen.includes(object)) return false;
  seen.push(object);
  if (Array.isArray(object)) return object.length <= MOST && isList(object) && areJson(object, depth);
  return Object.getPrototypeOf(object) === Object.prototype && areJson(Object.values(object), depth);
}

function areJson(values: readonly unknown[], depth: number): boolean {
  for (const value of values) if (!isJson(value, depth + 1)) return false;
  return true;
}
