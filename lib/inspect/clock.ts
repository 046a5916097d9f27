// Captured, because a fake clock may replace it.
const { hrtime } = process;

/** What to add to the time of `process.hrtime()` to get that of `performance.now()`, in milliseconds. */
const offset = performance.now() - hrtimeNow();

/** The time of `performance.now()`. Reading it so takes a tenth less, and the clock is most of what a recording costs. */
export function now(): number {
  return hrtimeNow() + offset;
}

/** The same moment in milliseconds of `process.hrtime()`, the clock of the traces of V8. */
export function toHrtime(ms: number): number {
  return ms - offset;
}

function hrtimeNow(): number {
  const time = hrtime();
  return time[0] * 1_000 + time[1] / 1_000_000;
}
