import { type Coroutine, type Operation, operation } from '../greenlet/operation.ts';
import { refuseOptions } from '../hub/checks/options.ts';
import type { Body, BodyResult } from '../hub/parking/body.ts';
import { checkedBodies } from './bodies.ts';
import { firstOf } from './race.ts';

/** The key and the value of the winner. */
export type Selected<T extends Readonly<Record<string, Body<unknown>>>> = {
  [K in keyof T]: { key: K; value: BodyResult<T[K]> };
}[keyof T];

/**
 * Waits for several named operations at once and gives the name and the value of the first that ends. The losers are
 * cancelled. When `select()` returns, they have ended and have taken nothing. If several need not wait, the first in
 * the object wins.
 *
 * @param cases an object whose values are operations, or other bodies as for `all()`
 * @returns an operation that gives `{ key, value }`; TypeScript infers the type of the value from the key
 * @throws the winner's error; RangeError if the object is empty; TypeError if `cases` is not an object
 *
 * @example
 * const { key, value } = yield* select({ job: jobs.get(), stop: stopped.wait(), late: sleep(1_000) });
 * if (key === 'job') yield* work(value);
 */
export function select<T extends Readonly<Record<string, Body<unknown>>>>(cases: T): Operation<Selected<T>>;
export function select<T extends Readonly<Record<string, Body<unknown>>>>(
  cases: T,
  extra?: unknown,
): Operation<Selected<T>> {
  if (typeof cases !== 'object' || cases === null || Array.isArray(cases)) {
    throw new TypeError(
      'select() takes an object of operations, as in select({ item: queue.get(), late: sleep(100) })',
    );
  }
  const keys = Object.keys(cases);
  const bodies = checkedBodies(Object.values(cases), 'select()');
  if (extra !== undefined) refuseOptions(extra, 'select()', 'withTimeout(ms, select(…))');
  if (keys.length === 0) throw new RangeError('select() got no operations and would never end: pass at least one');
  return operation(() => selecting<Selected<T>>(keys, bodies), 'select()');
}

function* selecting<R>(keys: readonly string[], bodies: readonly Body<unknown>[]): Coroutine<R> {
  const { index, value } = yield* firstOf('select', bodies);
  return { key: keys[index], value } as R;
}
