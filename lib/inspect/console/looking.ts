import { type HostTimer, host } from '../../hub/loop/host.ts';
import { Asked } from '../asked.ts';
import { PATIENCE } from '../child-questions.ts';
import { livingGreenlets, withUnstarted } from '../every-greenlet.ts';
import { askChildren } from '../family.ts';
import { findWarnings } from '../find-warnings.ts';
import { measured } from '../measured.ts';
import { Measuring } from '../measuring.ts';
import type { Warning } from '../warnings.ts';
import { Paced } from './paced.ts';
import type { Totals } from './protocol.ts';
import { Timeline } from './timeline.ts';
import { TotalsMeter } from './totals.ts';

/** How often the totals are sent, in milliseconds. */
const PERIOD = 1_000;
/** How many greenlets of each child are shown. */
const CHILD_ROWS = 50;

/** What all pages share. It is only there while one is open, so that the program pays nothing otherwise. */
export class Looking {
  /** The latest. */
  totals: Totals;
  warnings: readonly Warning[];
  timeline: Timeline | null = null;
  readonly relatives = new Asked(() => askChildren({ limit: CHILD_ROWS, patience: PATIENCE }));
  private readonly meter = new TotalsMeter();
  private readonly measuring = new Measuring();
  private readonly finding = new Paced(() => findWarnings(withUnstarted(livingGreenlets())));
  private readonly counting = new Paced(() => this.meter.read(this.warnings.length));
  private ticking: HostTimer;

  constructor(tick: () => void) {
    this.warnings = this.finding.take();
    this.totals = this.counting.take();
    this.ticking = this.after(tick);
  }

  /** Whether anything measures how long greenlets run. */
  get isMeasured(): boolean {
    return measured.by !== null;
  }

  /** Measures as long as a page wants it. */
  measure(isWanted: boolean): void {
    if (isWanted) this.measuring.ensure();
    else this.measuring[Symbol.dispose]();
  }

  /** Records as long as a page shows the timeline. */
  record(isWanted: boolean): void {
    if (isWanted) this.timeline ??= new Timeline();
    else {
      this.timeline?.[Symbol.dispose]();
      this.timeline = null;
    }
  }

  read(): void {
    this.warnings = this.finding.next() ?? this.warnings;
    this.totals = this.counting.next() ?? this.totals;
  }

  /** Looks for warnings again, at once. */
  renew(): void {
    this.warnings = this.finding.take();
    this.totals = { ...this.totals, warnings: this.warnings.length };
  }

  stop(): void {
    host.stopTimer(this.ticking);
    this.meter.stop();
    this.measuring[Symbol.dispose]();
    this.record(false);
  }

  private after(tick: () => void): HostTimer {
    const next = (): void => {
      this.ticking = this.after(tick);
      tick();
    };
    return host.startTimer(next, PERIOD).unref();
  }
}
