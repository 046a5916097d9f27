/**
 * What a row of the table is made of: the same work done twice, by greenhub and in plain JavaScript. A side is
 * prepared once, in a process of its own (see `runner.ts`), and then measured again and again.
 */

/** Does the work once and gives the number that was measured, in the unit of the row. */
export type Sample = () => number | Promise<number>;

/** Makes ready what is not to be measured. What it forks ends by itself when this process does. */
export type Side = () => Sample | Promise<Sample>;

export interface Row {
  /** What is measured, and per what. */
  name: string;
  unit: 'ns' | 'us' | 'ms' | 'B';
  /** What the plain side does. */
  plainly: string;
  /** How many times the plain side's number greenhub's may be. */
  limit?: number;
  /** How often each side is measured, and how often before that without counting. */
  rounds: number;
  warmUps: number;
  greenhub: Side;
  plain: Side;
}

/** Times some work, in nanoseconds for each of its operations. */
export function nanosecondsEach(operations: number, work: () => void | Promise<void>): Sample {
  return async () => {
    const started = performance.now();
    await work();
    return ((performance.now() - started) * 1e6) / operations;
  };
}

/** Nobody looks at what the work gives but this: it is what shows that the work was done. */
export function expect(actual: unknown, expected: unknown): void {
  if (actual !== expected) throw new Error(`the work went wrong: it gave ${actual} and not ${expected}`);
}

/** A full collection. */
export function collectGarbage(): void {
  if (globalThis.gc === undefined) throw new Error('benchmarks need --expose-gc: start them with `npm run bench`');
  globalThis.gc();
}
