import { type Coroutine, type Operation, operation } from '../greenlet/operation.ts';
import { refuseOptions } from '../hub/checks/options.ts';
import type { Body, BodyResult } from '../hub/parking/body.ts';
import { passedOn } from '../hub/parking/where-raised.ts';
import { checkedBodies } from './bodies.ts';
import type { Outcome } from './branch.ts';
import { runBranches } from './run-branches.ts';

/**
 * Runs several operations at once and gives the result, or throws the error, of the first that ends. The losers are
 * cancelled. When `race()` returns, they have ended and have taken nothing. If several need not wait, the first in the
 * list wins.
 *
 * @param bodies as for `all()`
 * @returns an operation that gives the winner's result
 * @throws the winner's error; RangeError if the list is empty, because the race would never end
 *
 * @example
 * const line = yield* race([console.readLine(), sleep(30_000)]);
 */
export function race<B extends Body<unknown>>(bodies: Iterable<B>): Operation<BodyResult<B>>;
export function race<B extends Body<unknown>>(bodies: Iterable<B>, extra?: unknown): Operation<BodyResult<B>> {
  const list = checkedBodies(bodies, 'race()');
  if (extra !== undefined) refuseOptions(extra, 'race()', 'withTimeout(ms, race(…))');
  if (list.length === 0) throw new RangeError('race() got no operations and would never end: pass at least one');
  return operation(() => racing<BodyResult<B>>(list), 'race()');
}

function* racing<T>(bodies: readonly Body<unknown>[]): Coroutine<T> {
  return (yield* firstOf('race', bodies)).value as T;
}

/** Returns the outcome of the first branch that ends, or throws its error. */
export function* firstOf(what: string, bodies: readonly Body<unknown>[]): Coroutine<Outcome & { ok: true }> {
  let first: Outcome | undefined;
  yield* runBranches({
    what,
    bodies,
    exclusive: true,
    settled(outcome) {
      first = outcome;
      return true;
    },
  });
  const winner = first as Outcome | undefined;
  if (winner?.ok !== true) throw passedOn(winner?.error);
  return winner;
}
