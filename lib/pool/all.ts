import { type Coroutine, type Operation, operation } from '../greenlet/operation.ts';
import type { Body, BodyResult } from '../hub/parking/body.ts';
import { passedOn } from '../hub/parking/where-raised.ts';
import { checkedBodies } from './bodies.ts';
import { runBranches } from './run-branches.ts';

/** The results of several bodies, place by place. */
export type Results<T extends readonly Body<unknown>[]> = { -readonly [K in keyof T]: BodyResult<T[K]> };

/**
 * Runs several operations at once and waits for all of them. The first failure cancels the others, and is thrown when
 * they have ended.
 *
 * @param bodies operations, promises, or functions without parameters (usually `function*`), each run in a greenlet
 *   of its own; a Greenlet among them is waited for and goes on when the wait is cancelled
 * @returns an operation for their results, in the order given
 * @throws the failure that came first in time
 *
 * @example
 * const [user, orders] = yield* all([fetchUser(id), () => loadOrders(id)]);
 */
export function all<const T extends readonly Body<unknown>[]>(bodies: T): Operation<Results<T>>;
export function all<B extends Body<unknown>>(bodies: Iterable<B>): Operation<BodyResult<B>[]>;
export function all(bodies: Iterable<Body<unknown>>): Operation<unknown[]> {
  const list = checkedBodies(bodies, 'all()');
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
