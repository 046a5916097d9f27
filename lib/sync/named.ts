let counts = new Map<string, number>();

/** Returns a name that distinguishes objects of a kind in messages: `Lock#1`, `Lock#2`, … */
export function nameOf(kind: string): string {
  const count = (counts.get(kind) ?? 0) + 1;
  counts.set(kind, count);
  return `${kind}#${count}`;
}

/** Restarts the numbering at 1, so that each run of a test uses the same names. Returns a function that undoes this. */
export function countNamesAnew(): () => void {
  const outer = counts;
  counts = new Map();
  return () => {
    counts = outer;
  };
}
