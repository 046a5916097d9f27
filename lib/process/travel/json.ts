import { isList } from './list.ts';

/** What becomes text. */
interface Limits {
  /** The depth. */
  readonly deepest: number;
  /** The length of an array. */
  readonly most: number;
  /** The length of a string. */
  readonly longest: number;
  /** Remembers an object. False for one that is there twice, which must arrive as one object, which JSON cannot say. */
  isNew(object: object): boolean;
}

/** The number of objects that become text where it must be quick. */
const FEW = 32;

/** The objects of the present value. */
const seen: object[] = [];

/** Where it must be quick: longer strings and more objects are quicker as a structured clone. */
const small: Limits = {
  deepest: 4,
  most: FEW,
  longest: 4_096,
  isNew(object) {
    if (seen.length === FEW || seen.includes(object)) return false;
    seen.push(object);
    return true;
  },
};

/** Small plain data as JSON text, which takes less time than a structured clone. Null if it would not be the same after `JSON.parse()`. */
export function jsonOf(value: unknown): string | null {
  return isSmallJson(value) ? JSON.stringify(value) : null;
}

/** True for small plain data that is the same after it was JSON text. */
export function isSmallJson(value: unknown): boolean {
  seen.length = 0;
  return isJson(value, 0, small);
}

/** True if a value, of any size, is the same after it was JSON text. It must not be nested without end. */
export function isSameInJson(value: unknown): boolean {
  const known = new Set<object>();
  const isNew = (object: object): boolean => known.size < known.add(object).size;
  return isJson(value, 0, { deepest: Infinity, most: Infinity, longest: Infinity, isNew });
}

function isJson(value: unknown, depth: number, limits: Limits): boolean {
  switch (typeof value) {
    case 'string':
      return value.length <= limits.longest;
    case 'boolean':
      return true;
    case 'number':
      return Number.isFinite(value) && !Object.is(value, -0);
    case 'object':
      return value === null || isJsonObject(value, depth, limits);
    default:
      return false;
  }
}

function isJsonObject(object: object, depth: number, limits: Limits): boolean {
  if (depth === limits.deepest || !limits.isNew(object)) return false;
  if (Array.isArray(object)) return object.length <= limits.most && isList(object) && areJson(object, depth, limits);
  return Object.getPrototypeOf(object) === Object.prototype && areJson(Object.values(object), depth, limits);
}

function areJson(values: readonly unknown[], depth: number, limits: Limits): boolean {
  for (const value of values) if (!isJson(value, depth + 1, limits)) return false;
  return true;
}
