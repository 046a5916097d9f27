import { type Coroutine, type Operation, operation } from '../greenlet/operation.ts';
import type { Body, BodyResult } from '../hub/parking/body.ts';
import { passedOn } from '../hub/parking/where-raised.ts';
import { checkedBodies } from './bodies.ts';
import type { Outcome } from './branch.ts';
import { runBranches } from './run-branches.ts';

/**
 * Runs several operations at once and gives what the first to end gives, or throws. The others are cancelled, have ended
 * when it returns, and have taken nothing. Of several that need not wait the first in the list wins.
 *
 * @param bodies as for `all()`
 * @throws what the first to end throws; RangeError when there are none, as that would never end
 *
 * @example
 * const line = yield* race([console.readLine(), sleep(30_000)]);
 */
export function race<B extends Body<unknown>>(bodies: Iterable<B>): Operation<BodyResult<B>> {
  const list = checkedBodies(bodies, 'race()');
  if (list.length === 0) throw new RangeError('race() of no operations would never end: give it at least one');
  return operation(function* () {
    return (yield* firstOf('race', list)).value as BodyResult<B>;
  }, 'race()');
}

/** The outcome of the first to end, thrown if that is an error. */
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
