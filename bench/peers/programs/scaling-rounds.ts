/** The minimum number of operations, so that a measurement with few tasks is long enough. */
const LEAST = 400_000;

/** The number of operations for each task. It is the same for few and many tasks, so both include the cost of creating and waking them. */
export const ROUNDS = 4;

/** The mean of as many measurements as necessary. */
export async function again(n: number, measure: (n: number) => number | Promise<number>): Promise<number> {
  const times = Math.max(1, Math.ceil(LEAST / n));
  let sum = 0;
  for (let i = 0; i < times; i += 1) sum += await measure(n);
  return sum / times;
}
