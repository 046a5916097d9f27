import type { HistogramData } from './histogram.ts';
import { Measuring } from './measuring.ts';
import type { Meter } from './meter.ts';

/** Counts of this thread since the first call of `stats()`. Times are in milliseconds. */
export interface Stats {
  /** How long it has counted. */
  readonly elapsed: number;
  /** How many greenlets were started. */
  readonly spawned: number;
  /** How many have ended, in any way. */
  readonly ended: number;
  /** How many of those have thrown an error. */
  readonly failed: number;
  /** How many greenlets were killed. */
  readonly killed: number;
  /** How many time limits were up. */
  readonly timeouts: number;
  /** How many failures reached `hub.handleError`, because nobody took them. */
  readonly untaken: number;
  /** How many greenlets are ready now. Greenlets that were ready before the first call do not count. */
  readonly ready: number;
  /** How many timers run now. */
  readonly timers: number;
  /** How long greenlets ran, from one suspension to the next. Its `count` is the number of switches to greenlets. */
  readonly slices: HistogramData;
  /** How long greenlets were ready before they ran. */
  readonly delays: HistogramData;
}

const measuring = new Measuring();
let meter: Meter | null = null;

/**
 * Counts what greenlets do, and how long they run and are ready. The first call turns counting on and returns zeros; until then
 * nothing is counted, and nothing is paid. While it counts, `snapshot()` knows more: how long and how often each greenlet has run. Call
 * it as often as you like: a call takes some microseconds.
 *
 * @example
 * setInterval(() => console.log(stats().slices.max), 1_000);
 */
export function stats(): Stats {
  meter ??= measuring.restart();
  return meter.read();
}

/** Turns the counting of `stats()` off. The next call of `stats()` begins anew. */
export function stopStats(): void {
  meter = null;
  measuring[Symbol.dispose]();
}
