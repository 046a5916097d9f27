/**
 * A row of the table: the same work, once with greenhub and once in plain JavaScript. Each side is prepared once, in its own
 * process (see `runner.ts`), and then measured repeatedly.
 */

/** Does the work once and returns the measured value, in the unit of the row. */
export type Sample = () => number | Promise<number>;

/** Prepares everything outside the measurement. Its child processes end with this process. */
export type Side = () => Sample | Promise<Sample>;

export interface Row {
  /** The measured operation and its unit of work. */
  name: string;
  unit: 'ns' | 'us' | 'ms' | 'B';
  /** The work of the plain side. */
  plainly: string;
  /** The limit for greenhub's value, as a multiple of the plain value. */
  limit?: number;
  /** The number of measurements of each side, and of warm-up runs before them. */
  rounds: number;
  warmUps: number;
  greenhub: Side;
  plain: Side;
}

/** Times work, in nanoseconds for each operation. */
export function nanosecondsEach(operations: number, work: () => void | Promise<void>): Sample {
  return async () => {
    const started = performance.now();
    await work();
    return ((performance.now() - started) * 1e6) / operations;
  };
}

/** Checks the result of the work, which proves that the work was done. */
export function expect(actual: unknown, expected: unknown): void {
  if (actual !== expected) throw new Error(`the work gave ${actual} instead of ${expected}`);
}

/** Runs a full garbage collection. */
export function collectGarbage(): void {
  if (globalThis.gc === undefined) throw new Error('benchmarks need --expose-gc: start them with `npm run bench`');
  globalThis.gc();
}
