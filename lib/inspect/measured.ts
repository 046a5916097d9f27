import { kernel } from '../greenlet/kernel.ts';
import type { RawGreenlet } from '../greenlet/raw-greenlet.ts';
import { stateAge } from '../greenlet/shown.ts';
import { host } from '../hub/loop/host.ts';
import type { Stats } from './stats.ts';

/** What is known of one greenlet because a tool watches over time. All times are milliseconds. */
export interface Measures {
  /** When its present state began, in the time of `performance.now()`. */
  readonly since: number;
  /** How often it was resumed. */
  readonly runs: number;
  /** How long it has run, without its present run. */
  readonly busy: number;
  /** Its longest run without a suspension, apart from its present run. */
  readonly longest: number;
  /** How often in a row it was resumed from `sleep(0)` and went back there. */
  readonly spins: number;
}

/** What a tool that watches over time knows. */
export interface Measurer {
  /** When it was turned on, in milliseconds of `performance.now()`. */
  readonly begun: number;
  /** The number of switches since it was turned on. */
  readonly switches: number;
  /** How long greenlets ran, and were ready before. */
  read(): Pick<Stats, 'slices' | 'delays'>;
  /** Null for a greenlet that has done nothing since it was turned on. */
  of(greenlet: RawGreenlet): Measures | null;
  /** The greenlets whose error nobody took, the latest last. */
  readonly failures: readonly { readonly id: number; readonly name: string; readonly error: string }[];
}

/** The measures of a greenlet up to now, with its present run. All times are milliseconds. */
export interface MeasuredNow {
  /** How long it has been in its state; null if its state began before the measuring. */
  readonly since: number | null;
  readonly runs: number;
  readonly busy: number;
  readonly longest: number;
  readonly spins: number;
}

const idle: MeasuredNow = { since: null, runs: 0, busy: 0, longest: 0, spins: 0 };

class Measured {
  private measurer: Measurer | null = null;

  /** The tool that is on; null if none is. Then the fields of a snapshot that need one are null. */
  get by(): Measurer | null {
    return this.measurer;
  }

  set by(measurer: Measurer | null) {
    this.measurer = measurer;
    stateAge.of = measurer === null ? null : (greenlet) => this.ageOf(greenlet as RawGreenlet);
  }

  /** The measures of a greenlet; null if nothing measures, and for the code outside greenlets, which is not measured. */
  of(greenlet: RawGreenlet): MeasuredNow | null {
    if (this.measurer === null || greenlet === kernel.main) return null;
    const measures = this.measurer.of(greenlet);
    if (measures === null) return idle;
    const { runs, busy, longest, spins } = measures;
    const since = host.now() - measures.since;
    const run = greenlet === kernel.current ? since : 0;
    return { since, runs, busy: busy + run, longest: Math.max(longest, run), spins };
  }

  /** How long a greenlet has been in its state, in milliseconds; null if that is not measured. */
  ageOf(greenlet: RawGreenlet): number | null {
    const measures = this.measurer?.of(greenlet) ?? null;
    return measures === null ? null : host.now() - measures.since;
  }
}

export const measured = new Measured();
