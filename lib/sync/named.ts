let counts = new Map<string, number>();

/** A name that tells objects of a kind apart in messages: `Lock#1`, `Lock#2`, … */
export function nameOf(kind: string): string {
  const count = (counts.get(kind) ?? 0) + 1;
  counts.set(kind, count);
  return `${kind}#${count}`;
}

/** Has names count from 1 again, so that a run of a test says the same each time; gives what undoes it. */
export function countNamesAnew(): () => void {
  const outer = counts;
  counts = new Map();
  return () => {
    counts = outer;
  };
}
