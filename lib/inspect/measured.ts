import type { RawGreenlet } from '../greenlet/raw-greenlet.ts';

/** What is known of one greenlet because a tool watches over time. All times are milliseconds. */
export interface Measures {
  /** When its present state began, in the time of `performance.now()`. */
  readonly since: number;
  /** How often it was resumed. */
  readonly runs: number;
  /** How long it has run. */
  readonly busy: number;
  /** Its longest run without a suspension. */
  readonly longest: number;
  /** How often in a row it was resumed from `sleep(0)` and went back there. */
  readonly spins: number;
}

/** What a tool that watches over time knows. */
export interface Measurer {
  /** The number of switches since it was turned on. */
  readonly switches: number;
  /** Null for a greenlet that has not been seen. */
  of(greenlet: RawGreenlet): Measures | null;
  /** The greenlets whose error nobody took, the latest last. */
  readonly failures: readonly { readonly id: number; readonly name: string; readonly error: string }[];
}

/** The tool that is on; null if none is. Then the fields of a snapshot that need one are null. */
export const measured = { by: null as Measurer | null };
