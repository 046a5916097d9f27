import type { Coroutine } from '../greenlet/operation.ts';
import { shield } from '../hub/cancellation/shield.ts';
import { callAndSettle } from '../hub/parking/body.ts';
import type { Spawned } from '../hub/tasks/greenlet.ts';
import { WaitFor } from '../hub/tasks/wait-for.ts';
import { forEach } from './for-each.ts';
import type { Group } from './group.ts';
import { AllResults, MappingOfAll } from './mapping-of-all.ts';
import type { Source } from './steps.ts';

/** `map()`. */
export function* mapAll<T, R>(group: Group, fn: (item: T) => R, items: Source<T>): Coroutine<Spawned<R>[]> {
  if (group.runsInline) {
    const results: Spawned<R>[] = [];
    yield* forEach(items, function* (item) {
      results.push((yield* callAndSettle(fn, item)) as Spawned<R>);
    });
    return results;
  }
  const mapping = new MappingOfAll<T, Spawned<R>>(group, fn, items);
  try {
    return yield* new AllResults(mapping);
  } finally {
    const killed = mapping.close();
    if (killed.length > 0) yield* shield(new WaitFor(killed, undefined, false));
  }
}
