import { isGenerator, isOperation } from '../../greenlet/operation.ts';

/** What every blocking call takes: how long to wait, in milliseconds. */
export interface TimeoutOption {
  /** Milliseconds; 0 polls and never blocks, undefined and Infinity wait for ever. */
  timeout?: number | undefined;
}

/**
 * The number of milliseconds that an argument stands for.
 *
 * @throws TypeError for what is not a number, RangeError for NaN and negative times
 */
export function checkedTime(ms: unknown, what: string): number {
  if (typeof ms !== 'number') throw new TypeError(`${what} must be a number of milliseconds, not ${typeof ms}`);
  if (!(ms >= 0)) throw new RangeError(`${what} must be 0 or more milliseconds, not ${ms}`);
  return ms;
}

/** The same for a `{ timeout }` option, where undefined waits for ever. */
export function checkedTimeout(options: TimeoutOption | undefined): number {
  const timeout = options?.timeout;
  return timeout === undefined ? Infinity : checkedTime(timeout, 'timeout');
}

/** @throws TypeError for what is not a function */
export function checkedFunction<F>(fn: F, caller: string): F {
  if (typeof fn !== 'function') throw notAFunction(fn, caller);
  return fn;
}

function notAFunction(value: unknown, caller: string): TypeError {
  let what: string = typeof value;
  if (isOperation(value)) what = 'an operation: write () => operation';
  else if (isGenerator(value)) what = 'a generator: pass the function* without calling it';
  return new TypeError(`${caller} takes a function (usually function*), not ${what}`);
}

/** @throws RangeError unless it is a whole number, 0 or more, or undefined for all */
export function checkedCount(count: number | undefined): number {
  if (count === undefined) return Infinity;
  if (count !== Infinity && !(Number.isInteger(count) && count >= 0)) {
    throw new RangeError(`count must be a whole number, 0 or more, not ${count}`);
  }
  return count;
}
