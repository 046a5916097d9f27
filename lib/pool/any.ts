import { type Coroutine, type Operation, operation } from '../greenlet/operation.ts';
import type { Body, BodyResult } from '../hub/parking/body.ts';
import { checkedBodies } from './bodies.ts';
import { runBranches } from './run-branches.ts';

/**
 * Runs several operations at once and gives the result of the first that succeeds. The others are cancelled, have ended
 * when it returns, and have taken nothing.
 *
 * @param bodies as for `all()`
 * @throws AggregateError when all fail, with the errors in the order given; also when there are none
 *
 * @example
 * const response = yield* any(mirrors.map((mirror) => fetch(mirror + path)));
 */
export function any<B extends Body<unknown>>(bodies: Iterable<B>): Operation<BodyResult<B>> {
  const list = checkedBodies(bodies, 'any()');
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
  if (winner === undefined) throw new AggregateError(errors, `all ${bodies.length} operations of any() have failed`);
  return winner.value;
}
