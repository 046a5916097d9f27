import type { Coroutine } from '../../greenlet/operation.ts';
import { callAndSettle } from '../../hub/parking/body.ts';
import { until } from '../../hub/parking/until.ts';
import { loadTarget } from './load-target.ts';
import type { Place } from './remote.ts';

/** What stands for a remote function whose module is not loaded here: a generator function that loads it first. */
export function standIn(place: Place): (...args: unknown[]) => Coroutine<unknown> {
  return function* (...args) {
    const fn = (yield* until(loadTarget(place))) as (...args: unknown[]) => unknown;
    return yield* callAndSettle(fn, ...args);
  };
}
