/** The options of the calls of a pool. */
import type { Transferable } from 'node:worker_threads';
import { checkedFunction, type TimeoutOption } from '../../hub/checks/checks.ts';
import { kindOf } from '../../hub/checks/kind-of.ts';
import type { OptionNames } from '../../hub/checks/options.ts';

export interface ApplyOptions extends TimeoutOption {
  /** What is moved to the worker instead of copied: ArrayBuffers and ports. Of a ThreadPool only. */
  transfer?: readonly Transferable[] | undefined;
}

export interface ApplyAsyncOptions<R> extends ApplyOptions {
  /** Called with the value, in a greenlet. */
  callback?: ((value: R) => unknown) | undefined;
  /** Called with the error, in a greenlet. */
  errorCallback?: ((error: unknown) => unknown) | undefined;
}

export interface PoolMapOptions {
  /** How many items a worker gets at once. */
  chunksize?: number | undefined;
}

export interface MapAsyncOptions<R> extends PoolMapOptions {
  /** Called with the list of results, in a greenlet. */
  callback?: ((values: R[]) => unknown) | undefined;
  /** Called with the error, in a greenlet. */
  errorCallback?: ((error: unknown) => unknown) | undefined;
}

export interface ImapOptions {
  /** How many items a worker gets at once. The default is 1. */
  chunksize?: number | undefined;
  /** How many items may be at work, or finished but not taken yet. It is rounded up to a multiple of `chunksize`. */
  maxsize?: number | undefined;
}

export const APPLY: OptionNames<ApplyOptions> = { timeout: 'number', transfer: 'object' };
export const APPLY_ASYNC: OptionNames<ApplyAsyncOptions<unknown>> = {
  ...APPLY,
  callback: 'function',
  errorCallback: 'function',
};
export const MAP: OptionNames<PoolMapOptions> = { chunksize: 'number' };
export const MAP_ASYNC: OptionNames<MapAsyncOptions<unknown>> = {
  ...MAP,
  callback: 'function',
  errorCallback: 'function',
};
export const IMAP: OptionNames<ImapOptions> = { chunksize: 'number', maxsize: 'number' };

/** @throws TypeError for anything but functions */
export function checkCallbacks(callback: unknown, errorCallback: unknown, call: string): void {
  if (callback !== undefined) checkedFunction(callback, `the callback of ${call}`);
  if (errorCallback !== undefined) checkedFunction(errorCallback, `the errorCallback of ${call}`);
}

/**
 * Checks the arguments of a call.
 *
 * @throws TypeError for anything but an array
 */
export function checkedArgs(args: readonly unknown[] | undefined, call: string): readonly unknown[] {
  const given: unknown = args ?? [];
  if (Array.isArray(given)) return given;
  throw new TypeError(`${call} takes the arguments of the target as an array, not ${kindOf(given)}: write [value]`);
}

/**
 * Checks the items of `starmap()`.
 *
 * @throws TypeError for anything but arrays and other iterable objects
 */
export function checkArgsOfEach(items: readonly unknown[], call: string): void {
  items.forEach((item, index) => {
    if (typeof item === 'object' && item !== null && Symbol.iterator in item) return;
    throw new TypeError(`${call} takes an array of arguments for each call, and item ${index} is ${kindOf(item)}`);
  });
}

/** @throws RangeError for anything but a whole number, at least 1 */
export function checkedSize(size: number | undefined, name: string, verb: string): number | undefined {
  if (size === undefined || (Number.isInteger(size) && size >= 1)) return size;
  throw new RangeError(`${name} of ${verb}() must be a whole number, at least 1, not ${kindOf(size)}`);
}
