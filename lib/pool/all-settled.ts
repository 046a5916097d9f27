import { type Coroutine, type Operation, operation } from '../greenlet/operation.ts';
import { refuseOptions } from '../hub/checks/options.ts';
import type { Body, BodyResult } from '../hub/parking/body.ts';
import { checkedBodies } from './bodies.ts';
import { runBranches } from './run-branches.ts';

/** The outcomes of several bodies, by position, in the form of `Promise.allSettled`. */
export type Settlements<T extends readonly Body<unknown>[]> = {
  -readonly [K in keyof T]: PromiseSettledResult<BodyResult<T[K]>>;
};

/**
 * Runs several operations at once and waits until all have ended, whether they succeed or fail. If it is cancelled, it
 * cancels the operations that have not ended.
 *
 * @param bodies as for `all()`
 * @returns an operation that gives `{ status: 'fulfilled', value }` or `{ status: 'rejected', reason }` for each body,
 *   in the order of the list
 *
 * @example
 * const pages = yield* allSettled(urls.map((url) => fetch(url)));
 */
export function allSettled<const T extends readonly Body<unknown>[]>(bodies: T): Operation<Settlements<T>>;
export function allSettled<B extends Body<unknown>>(
  bodies: Iterable<B>,
): Operation<PromiseSettledResult<BodyResult<B>>[]>;
export function allSettled(
  bodies: Iterable<Body<unknown>>,
  extra?: unknown,
): Operation<PromiseSettledResult<unknown>[]> {
  const list = checkedBodies(bodies, 'allSettled()');
  if (extra !== undefined) refuseOptions(extra, 'allSettled()', 'withTimeout(ms, allSettled(…))');
  return operation(() => settlementsOf(list), 'allSettled()');
}

function* settlementsOf(bodies: readonly Body<unknown>[]): Coroutine<PromiseSettledResult<unknown>[]> {
  const settlements = new Array<PromiseSettledResult<unknown>>(bodies.length);
  yield* runBranches({
    what: 'allSettled',
    bodies,
    exclusive: false,
    settled(outcome) {
      settlements[outcome.index] = outcome.ok
        ? { status: 'fulfilled', value: outcome.value }
        : { status: 'rejected', reason: outcome.error };
      return false;
    },
  });
  return settlements;
}
