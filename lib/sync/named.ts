const counts = new Map<string, number>();

/** A name that tells objects of a kind apart in messages: `Lock#1`, `Lock#2`, … */
export function nameOf(kind: string): string {
  const count = (counts.get(kind) ?? 0) + 1;
  counts.set(kind, count);
  return `${kind}#${count}`;
}
