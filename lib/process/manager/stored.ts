import { isDeepStrictEqual } from 'node:util';
import { kindOf } from '../../hub/checks/kind-of.ts';
import { type Encoded, encode } from '../travel/encode.ts';
import type { Way } from '../travel/shareable.ts';
import { isPrimitive } from '../travel/walk.ts';

/** A value as a Manager keeps it: ready to be sent again. What is shared inside it stays a reference. */
export type Stored = Encoded;

const WAY: Way = { toThread: false, use: 'value' };

/**
 * Makes a value ready for the server. It is copied when it is sent.
 *
 * @param path gives the name of the value in messages
 * @throws TypeError if something inside it cannot be sent
 */
export function stored(value: unknown, path = (): string => 'value'): Stored {
  return isPrimitive(value) ? { payload: value, specials: null } : encode(value, path(), WAY);
}

/** True if two values are equal. Copies have no identity, so objects are compared by what they contain. */
export function isEqual(one: Stored, other: Stored): boolean {
  return one.payload === other.payload || isDeepStrictEqual(one, other);
}

/** Adds to a number. A missing value counts as 0. */
export function increased(value: Stored | undefined, by: number, what: string): Stored {
  const number = value === undefined ? 0 : value.payload;
  if (typeof number !== 'number') throw new TypeError(`${what} is ${kindOf(number)}, and increment() needs a number`);
  return { payload: number + by, specials: null };
}

/** @throws TypeError for anything but a number, RangeError for NaN */
export function checkedStep(by: unknown): number {
  if (typeof by !== 'number') throw new TypeError(`increment() takes a number, not ${kindOf(by)}`);
  if (Number.isNaN(by)) throw new RangeError('increment() takes a number, not NaN');
  return by;
}
