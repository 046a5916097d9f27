import { gather } from './gather.ts';

/**
 * Yields each greenlet, after its spawner, with its depth in the tree. It walks only as far as you read.
 *
 * @param keyOf what stands for a greenlet in `spawnerOf`
 * @param spawnerOf null if it is not known
 */
export function* inTreeOrder<G, K>(
  greenlets: readonly G[],
  keyOf: (greenlet: G) => K,
  spawnerOf: (greenlet: G) => K | null,
): Generator<{ depth: number; greenlet: G }, void, void> {
  // The spawners that are not in the list. They are few, unlike the greenlets.
  const unknown = new Set<K | null>();
  for (const greenlet of greenlets) unknown.add(spawnerOf(greenlet));
  for (const greenlet of greenlets) unknown.delete(keyOf(greenlet));
  const families = gather<G, K | typeof ROOT>(greenlets, (greenlet) => {
    const spawner = spawnerOf(greenlet);
    return spawner === null || spawner === keyOf(greenlet) || unknown.has(spawner) ? ROOT : spawner;
  });
  // Without recursion, because a chain of spawns may contain every greenlet.
  const levels = [(families.get(ROOT) ?? []).values()];
  for (let level = levels.at(-1); level !== undefined; level = levels.at(-1)) {
    const next = level.next();
    if (next.done === true) {
      levels.pop();
      continue;
    }
    const greenlet = next.value;
    yield { depth: levels.length - 1, greenlet };
    const children = families.get(keyOf(greenlet));
    if (children !== undefined) levels.push(children.values());
  }
}

/** The key of those that are below no other. */
const ROOT = Symbol('root');
