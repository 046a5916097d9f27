/** Groups greenlets by key, in the order in which the keys first appear. A greenlet whose key is null is left out. */
export function gather<G, K>(greenlets: Iterable<G>, keyOf: (greenlet: G) => K | null): Map<K, G[]> {
  const groups = new Map<K, G[]>();
  for (const greenlet of greenlets) {
    const key = keyOf(greenlet);
    if (key === null) continue;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [greenlet]);
    else group.push(greenlet);
  }
  return groups;
}

/** Greenlets that have something in common. */
export interface Tally<G> {
  readonly first: G;
  count: number;
}

/** The same, if it is enough to count them. */
export function tally<G, K>(greenlets: Iterable<G>, keyOf: (greenlet: G) => K | null): Map<K, Tally<G>> {
  const tallies = new Map<K, Tally<G>>();
  for (const greenlet of greenlets) {
    const key = keyOf(greenlet);
    if (key === null) continue;
    const known = tallies.get(key);
    if (known === undefined) tallies.set(key, { first: greenlet, count: 1 });
    else known.count += 1;
  }
  return tallies;
}
