/** The common form of all programs, so that the worker can run any of them. */

/** Does the operation `n` times and returns the measured value for one, in the unit of its row. */
export type Sample = (n: number) => number | PromiseLike<number>;

/** The operations of a peer, by their names in `operations.ts`. */
export type Programs = Record<string, Sample>;

/** Times work, in nanoseconds for each operation. */
export async function nanosecondsEach(operations: number, work: () => unknown): Promise<number> {
  const started = performance.now();
  await work();
  return since(started, operations);
}

/** The nanoseconds from `started` until now, for each operation. */
export function since(started: number, operations: number): number {
  return ((performance.now() - started) * 1e6) / operations;
}

/** Checks the result of the work, which proves that the work was done. */
export function expect(actual: unknown, expected: unknown): void {
  if (actual !== expected) throw new Error(`the work went wrong: it gave ${actual} and not ${expected}`);
}

/** The number of tasks that contend in `n` operations: a thousand, or fewer if there are fewer operations. */
export function contendersIn(n: number): number {
  return Math.min(n, 1_000);
}

/** The sum of 0 … n - 1. */
export function sumBelow(n: number): number {
  return (n * (n - 1)) / 2;
}
