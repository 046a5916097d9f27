import { isGenerator, isOperation } from '../../greenlet/operation.ts';
import { kindOf } from './kind-of.ts';

/** The option that every blocking call takes. */
export interface TimeoutOption {
  /** How long to wait, in milliseconds. 0 never blocks; undefined and Infinity wait forever. */
  timeout?: number | undefined;
}

/**
 * Checks a time in milliseconds and returns it.
 *
 * @throws TypeError for anything but a number, RangeError for NaN and negative times
 */
export function checkedTime(ms: unknown, what: string): number {
  if (typeof ms !== 'number') throw new TypeError(`${what} must be a number of milliseconds, not ${typeof ms}`);
  if (!(ms >= 0)) throw new RangeError(`${what} must be 0 or more milliseconds, not ${ms}`);
  return ms;
}

/** Like `checkedTime()`, for a `{ timeout }` option. An undefined timeout becomes Infinity. */
export function checkedTimeout(options: TimeoutOption | undefined): number {
  const timeout = options?.timeout;
  return timeout === undefined ? Infinity : checkedTime(timeout, 'timeout');
}

/** @throws TypeError for anything but a function */
export function checkedFunction<F>(fn: F, caller: string): F {
  if (typeof fn !== 'function') throw notAFunction(fn, caller);
  return fn;
}

function notAFunction(value: unknown, caller: string): TypeError {
  let what = kindOf(value);
  if (isOperation(value)) what = 'an operation: write () => operation';
  else if (isGenerator(value)) what = 'a generator: pass the function* without calling it';
  else if (value instanceof Promise) what = 'a promise: pass the async function without calling it';
  return new TypeError(`${caller} takes a function (usually function*), not ${what}`);
}

/**
 * Checks a count and returns it. An undefined count means all and becomes Infinity.
 *
 * @throws RangeError for anything but a whole number, 0 or more
 */
export function checkedCount(count: number | undefined, what = 'count'): number {
  if (count === undefined) return Infinity;
  if (count !== Infinity && !(Number.isInteger(count) && count >= 0)) {
    throw new RangeError(`${what} must be a whole number, 0 or more, not ${kindOf(count)}`);
  }
  return count;
}
