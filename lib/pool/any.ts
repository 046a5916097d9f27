import { type Coroutine, type Operation, operation } from '../greenlet/operation.ts';
import { refuseOptions } from '../hub/checks/options.ts';
import type { Body, BodyResult } from '../hub/parking/body.ts';
import { checkedBodies } from './bodies.ts';
import { runBranches } from './run-branches.ts';

/**
 * Runs several operations at once and gives the first successful result. The losers are cancelled. When `any()`
 * returns, they have ended and have taken nothing.
 *
 * @param bodies as for `all()`
 * @returns an operation that gives the winner's result
 * @throws AggregateError if all fail, with the errors in the order of the list; also if the list is empty
 *
 * @example
 * const response = yield* any(mirrors.map((mirror) => fetch(mirror + path)));
 */
export function any<B extends Body<unknown>>(bodies: Iterable<B>): Operation<BodyResult<B>>;
export function any<B extends Body<unknown>>(bodies: Iterable<B>, extra?: unknown): Operation<BodyResult<B>> {
  const list = checkedBodies(bodies, 'any()');
  if (extra !== undefined) refuseOptions(extra, 'any()', 'withTimeout(ms, any(…))');
  return operation(() => anyOf(list) as Coroutine<BodyResult<B>>, 'any()');
}

function* anyOf(bodies: readonly Body<unknown>[]): Coroutine<unknown> {
  const errors = new Array<unknown>(bodies.length);
  let winner: { readonly value: unknown } | undefined;
  yield* runBranches({
    what: 'any',
    bodies,
    exclusive: true,
    settled(outcome) {
      if (outcome.ok) winner = outcome;
      else errors[outcome.index] = outcome.error;
      return outcome.ok;
    },
  });
  if (winner === undefined) throw new AggregateError(errors, `all ${bodies.length} operations of any() failed`);
  return winner.value;
}
