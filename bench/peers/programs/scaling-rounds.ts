/** How often an operation is done at least, so that a measurement with few tasks is long enough, too. */
const LEAST = 400_000;

/** How often each task does it. The same for few tasks and for many: what making and waking them costs is in both. */
export const ROUNDS = 4;

/** The mean of as many measurements as it takes. */
export async function again(n: number, measure: (n: number) => number | Promise<number>): Promise<number> {
  const times = Math.max(1, Math.ceil(LEAST / n));
  let sum = 0;
  for (let i = 0; i < times; i += 1) sum += await measure(n);
  return sum / times;
}
