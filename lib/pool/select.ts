import { type Operation, operation } from '../greenlet/operation.ts';
import type { Body, BodyResult } from '../hub/parking/body.ts';
import { checkedBodies } from './bodies.ts';
import { firstOf } from './race.ts';

/** Which one came first, and with what. */
export type Selected<T extends Readonly<Record<string, Body<unknown>>>> = {
  [K in keyof T]: { key: K; value: BodyResult<T[K]> };
}[keyof T];

/**
 * Waits for several operations at once and says which came first, and with what. The others are cancelled, have ended
 * when it returns, and have taken nothing. Of several that need not wait the first in the object wins.
 *
 * @param cases operations (or what else `all()` takes) by name
 * @returns an operation for `{ key, value }`; TypeScript knows the value's type from the key
 * @throws what the first to end throws; RangeError when there are none, TypeError when it is no object
 *
 * @example
 * const { key, value } = yield* select({ job: jobs.get(), stop: stopped.wait(), late: sleep(1_000) });
 * if (key === 'job') yield* work(value);
 */
export function select<T extends Readonly<Record<string, Body<unknown>>>>(cases: T): Operation<Selected<T>> {
  if (typeof cases !== 'object' || cases === null || Array.isArray(cases)) {
    throw new TypeError(
      'select() takes an object of operations, as in select({ item: queue.get(), late: sleep(100) })',
    );
  }
  const keys = Object.keys(cases);
  const bodies = checkedBodies(Object.values(cases), 'select()');
  if (keys.length === 0) throw new RangeError('select() of no operations would never end: give it at least one');
  return operation(function* () {
    const { index, value } = yield* firstOf('select', bodies);
    return { key: keys[index], value } as Selected<T>;
  }, 'select()');
}
