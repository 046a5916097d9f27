import type { Coroutine } from '../greenlet/operation.ts';
import { isWait } from '../hub/parking/prompt.ts';
import type { Outcome } from './branch.ts';
import { Branches, type BranchPlan } from './branches.ts';

/** Runs branches until the combinator is decided. Returns once all of them have ended. */
export function* runBranches(plan: BranchPlan): Coroutine<void> {
  const finished = new Set<number>();
  if (plan.exclusive && settleAtOnce(plan, finished)) return;
  yield* new Branches(plan, finished).run();
}

/** Tries the leading bodies that are operations of the library: they need no branch. Returns whether one decides. */
function settleAtOnce({ bodies, settled }: BranchPlan, finished: Set<number>): boolean {
  for (const [index, body] of bodies.entries()) {
    if (!isWait(body)) return false;
    let outcome: Outcome;
    try {
      if (!body.finishNow()) continue;
      outcome = { ok: true, index, value: body.value };
    } catch (error) {
      outcome = { ok: false, index, error };
    }
    finished.add(index);
    if (settled(outcome)) return true;
  }
  return false;
}
