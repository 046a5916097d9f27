import { host } from './host.ts';

/** At most this many greenlets are resumed between two looks at the clock, because a look costs more than a resume. */
const MOST_RESUMES_PER_LOOK = 64;
/** After a short drain, this many drains are not timed, because a look at the clock costs as much as a short drain. */
const MOST_UNTIMED = 7;

/**
 * How long greenlets may run before the event loop gets its turn. Drains that follow each other in microtasks would also
 * starve the event loop. So their times add up until the loop has turned.
 */
export class TimeSlice {
  /** Milliseconds spent in drains since the event loop turned. */
  private spent = 0;
  /** When the last drain ended. */
  private drained = 0;
  /** How many more drains are not timed. */
  private untimed = 0;
  /** When the present drain began; NaN if it is not timed. */
  private started = 0;
  private looked = 0;
  private resumesPerLook = 1;
  /** How many more greenlets may be resumed before the next look at the clock. */
  untilLook = 1;

  /** The event loop has turned. */
  turned(): void {
    this.spent = 0;
  }

  isSpent(interval: number): boolean {
    return this.spent >= interval;
  }

  /** A drain begins. */
  begin(interval: number): void {
    if (this.untimed > 0) {
      this.untimed -= 1;
      this.started = Number.NaN;
    } else {
      this.started = host.now();
      if (this.started - this.drained >= interval) this.spent = 0;
    }
    this.looked = this.started;
    this.resumesPerLook = 1;
    this.untilLook = 1;
  }

  /** A drain ends. */
  end(interval: number): void {
    if (Number.isNaN(this.started)) return;
    this.drained = host.now();
    const spent = this.drained - this.started;
    this.spent += spent;
    this.untimed = spent < interval / 64 ? MOST_UNTIMED : 0;
  }

  /** Looks at the clock. Returns true if the drain has used up its time. If greenlets run long, looks become more frequent. */
  look(interval: number): boolean {
    const now = host.now();
    if (Number.isNaN(this.started)) this.started = now;
    if (now - this.started >= interval) return true;
    if (now - this.looked > interval / 8) this.resumesPerLook = 1;
    else if (this.resumesPerLook < MOST_RESUMES_PER_LOOK) this.resumesPerLook *= 2;
    this.untilLook = this.resumesPerLook;
    this.looked = now;
    return false;
  }
}
