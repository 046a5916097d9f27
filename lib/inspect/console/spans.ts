import type { Span } from './protocol.ts';

/** Stands for the number of a wait while the greenlet runs. */
export const RUNS = -1;
/** Stands for the number of a wait if short states of several kinds are one span, and the greenlet has not run meanwhile. */
export const MIXED = -4;
/** The least share of a span in which the greenlet has run: 0 says that it has not. Shares have three digits. */
const LEAST_SHARE = 0.001;

/**
 * Puts the states of one greenlet, which follow each other, into spans. States that are too short to be seen are put together: such
 * a span has the share of its time in which the greenlet ran.
 */
export class Spans {
  readonly list: Span[] = [];
  private readonly from: number;
  private readonly shortest: number;
  /** The span of short states that is not finished. */
  private begun = 0;
  private end = 0;
  private ran = 0;
  /** The state that the whole span shares, or `MIXED`. */
  private what = MIXED;

  /**
   * @param from when the window begins: times of the spans count from then
   * @param shortest how long a state must last to have a span of its own
   */
  constructor(from: number, shortest: number) {
    this.from = from;
    this.shortest = shortest;
  }

  /** @param what the number of the name of what it does, or `RUNS` */
  add(since: number, until: number, what: number): void {
    const start = Math.max(since, this.from);
    const lasted = until - start;
    if (lasted <= 0) return;
    if (lasted >= this.shortest) {
      this.finish();
      this.push(start, until, what === RUNS ? 1 : 0, what);
      return;
    }
    if (start > this.end) this.finish();
    if (this.end === 0) {
      this.begun = start;
      this.what = what;
    } else if (what !== this.what) this.what = MIXED;
    this.end = until;
    if (what === RUNS) this.ran += lasted;
    if (this.end - this.begun >= this.shortest) this.finish();
  }

  /** Ends the span of short states. */
  finish(): void {
    if (this.end > 0) {
      const share = this.ran / (this.end - this.begun);
      this.push(this.begun, this.end, share, this.ran > 0 ? RUNS : this.what);
    }
    this.end = 0;
    this.ran = 0;
  }

  private push(start: number, end: number, share: number, what: number): void {
    const shown = share === 0 ? 0 : Math.max(LEAST_SHARE, rounded(share));
    this.list.push([rounded(start - this.from), rounded(end - this.from), shown, what]);
  }
}

function rounded(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}
