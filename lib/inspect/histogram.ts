/** The upper bound of the first bucket, in milliseconds: 64 ns. Each bound is twice the one before; the last is over a minute. */
const LEAST = 64e-6;
const BUCKETS = 32;
/** The greatest value that fits into 31 bits. */
const MOST = 2 ** 31 - 1;

/** How often durations fell into which range. All times are in milliseconds. */
export interface HistogramData {
  readonly count: number;
  readonly sum: number;
  readonly max: number;
  /** The ranges up to `max`, shortest first: `count` durations were less than `below`, and not in the range before. */
  readonly buckets: readonly { readonly below: number; readonly count: number }[];
}

/** Counts durations in buckets that each are twice as wide as the one before. Adding one is a few instructions. */
export class Histogram {
  private readonly counts = new Float64Array(BUCKETS);
  /** How many durations were added. */
  count = 0;
  private sum = 0;
  private max = 0;

  /** @param ms not negative */
  add(ms: number): void {
    const bucket = 32 - Math.clz32(Math.min(ms / LEAST, MOST));
    (this.counts[bucket] as number) += 1;
    this.count += 1;
    this.sum += ms;
    if (ms > this.max) this.max = ms;
  }

  read(): HistogramData {
    const { count, counts, sum, max } = this;
    const last = counts.findLastIndex((each) => each > 0);
    const buckets = [...counts.subarray(0, last + 1)].map((each, i) => ({ below: LEAST * 2 ** i, count: each }));
    return { count, sum, max, buckets };
  }
}
