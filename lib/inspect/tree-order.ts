import { gather } from './gather.ts';

/**
 * Each greenlet behind the one that spawned it, with its depth in the tree.
 *
 * @param keyOf what stands for a greenlet in `spawnerOf`
 * @param spawnerOf null if it is not known
 */
export function inTreeOrder<G, K>(
  greenlets: readonly G[],
  keyOf: (greenlet: G) => K,
  spawnerOf: (greenlet: G) => K | null,
): { depth: number; greenlet: G }[] {
  const known = new Set(greenlets.map(keyOf));
  const families = gather<G, K | typeof ROOT>(greenlets, (greenlet) => {
    const spawner = spawnerOf(greenlet);
    return spawner === null || spawner === keyOf(greenlet) || !known.has(spawner) ? ROOT : spawner;
  });
  const order: { depth: number; greenlet: G }[] = [];
  // Without recursion, because a chain of spawns may contain every greenlet.
  const next = (families.get(ROOT) ?? []).map((greenlet) => ({ depth: 0, greenlet })).reverse();
  for (let entry = next.pop(); entry !== undefined; entry = next.pop()) {
    const { depth, greenlet } = entry;
    order.push(entry);
    const children = families.get(keyOf(greenlet)) ?? [];
    for (let i = children.length - 1; i >= 0; i -= 1) next.push({ depth: depth + 1, greenlet: children[i] as G });
  }
  return order;
}

/** The key of those that are below no other. */
const ROOT = Symbol('root');
