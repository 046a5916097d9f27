import type { Span } from './protocol.ts';

/** Stands for the number of a wait while the greenlet runs. */
export const RUNS = -1;

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
    if (this.end === 0) this.begun = start;
    this.end = until;
    if (what === RUNS) this.ran += lasted;
    if (this.end - this.begun >= this.shortest) this.finish();
  }

  /** Ends the span of short states. */
  finish(): void {
    if (this.end > 0) this.push(this.begun, this.end, this.ran / (this.end - this.begun), RUNS);
    this.end = 0;
    this.ran = 0;
  }

  private push(start: number, end: number, share: number, what: number): void {
    this.list.push([rounded(start - this.from), rounded(end - this.from), Math.round(share * 1_000) / 1_000, what]);
  }
}

function rounded(ms: number): number {
  return Math.round(ms * 1_000) / 1_000;
}
