/** What every peer's programs are made of, so that the worker can run any of them. */

/** Does the operation `n` times and gives what was measured for one, in the unit of its row. */
export type Sample = (n: number) => number | PromiseLike<number>;

/** The operations that a peer has, by the names of `operations.ts`. */
export type Programs = Record<string, Sample>;

/** Times some work, in nanoseconds for each of its operations. */
export async function nanosecondsEach(operations: number, work: () => unknown): Promise<number> {
  const started = performance.now();
  await work();
  return since(started, operations);
}

/** The nanoseconds from `started` until now, for each of the operations. */
export function since(started: number, operations: number): number {
  return ((performance.now() - started) * 1e6) / operations;
}

/** Nobody looks at what the work gives but this: it is what shows that the work was done. */
export function expect(actual: unknown, expected: unknown): void {
  if (actual !== expected) throw new Error(`the work went wrong: it gave ${actual} and not ${expected}`);
}

/** How many tasks contend in `n` operations, each for its share of them: a thousand unless there are fewer operations. */
export function contendersIn(n: number): number {
  return Math.min(n, 1_000);
}

/** The sum of 0 … n - 1. */
export function sumBelow(n: number): number {
  return (n * (n - 1)) / 2;
}
