import { type Coroutine, type Operation, operation } from '../greenlet/operation.ts';
import { refuseOptions } from '../hub/checks/options.ts';
import type { Body, BodyResult } from '../hub/parking/body.ts';
import { passedOn } from '../hub/parking/where-raised.ts';
import { checkedBodies } from './bodies.ts';
import { runBranches } from './run-branches.ts';

/** The results of several bodies, by position. */
export type Results<T extends readonly Body<unknown>[]> = { -readonly [K in keyof T]: BodyResult<T[K]> };

/**
 * Runs several operations at once and waits for all of them. The first failure cancels the others, and is thrown once
 * they have ended.
 *
 * @param bodies operations, promises, or functions without parameters (usually `function*`), each of which runs in its
 *   own greenlet. A Greenlet in the list is only waited for, so it continues if the wait is cancelled
 * @returns an operation that gives the results, in the order of the list
 * @throws the earliest failure
 *
 * @example
 * const [user, orders] = yield* all([fetchUser(id), () => loadOrders(id)]);
 */
export function all<const T extends readonly Body<unknown>[]>(bodies: T): Operation<Results<T>>;
export function all<B extends Body<unknown>>(bodies: Iterable<B>): Operation<BodyResult<B>[]>;
export function all(bodies: Iterable<Body<unknown>>, extra?: unknown): Operation<unknown[]> {
  const list = checkedBodies(bodies, 'all()');
  if (extra !== undefined) refuseOptions(extra, 'all()', 'withTimeout(ms, all(…))');
  return operation(() => allOf(list), 'all()');
}

function* allOf(bodies: readonly Body<unknown>[]): Coroutine<unknown[]> {
  const results = new Array<unknown>(bodies.length).fill(undefined);
  let failure: { readonly error: unknown } | undefined;
  yield* runBranches({
    what: 'all',
    bodies,
    exclusive: false,
    settled(outcome) {
      if (outcome.ok) results[outcome.index] = outcome.value;
      else failure = outcome;
      return !outcome.ok;
    },
  });
  if (failure !== undefined) throw passedOn(failure.error);
  return results;
}
