import type { Coroutine } from '../../greenlet/operation.ts';
import { copyOf } from './copy.ts';
import { type Encoded, encode } from './encode.ts';
import { isList } from './list.ts';
import { decodeLoaded } from './loaded.ts';
import type { Way } from './shareable.ts';

/**
 * A value as a queue or a pipe keeps it until somebody takes it. Small plain data is JSON text: the thread in between receives and
 * sends it in a third of the time that objects take.
 */
export type Packed = Encoded | string;

/** The depth and the number of objects that become text. */
const DEEPEST = 4;
const MOST = 32;
/** The length of a string that becomes part of a text. Longer ones are quicker without. */
const LONGEST = 4_096;

/** The objects of the present value. One that is there twice must arrive as one object, which JSON cannot say. */
const seen: object[] = [];

/**
 * Copies a value, ready to be sent.
 *
 * @param root the name of the value in messages: `item` or `value`
 * @throws TypeError if something inside cannot be sent, with its path
 */
export function packed(value: unknown, root: string, way: Way): Packed {
  seen.length = 0;
  return isJson(value, 0) ? JSON.stringify(value) : copyOf(encode(value, root, way));
}

/** The value that was packed, once its functions are loaded. */
export function* unpacked(packed: Packed): Coroutine<unknown> {
  return typeof packed === 'string' ? JSON.parse(packed) : yield* decodeLoaded(packed);
}

/** Tells whether a value is the same after it was JSON. */
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
