import { hub } from '../../hub/loop/hub.ts';
import type { Rate } from '../engine.ts';

/** Counts the jobs that start in an interval, as BullMQ does: an interval begins with its first job. */
export class RateWindow {
  private readonly rate: Rate;
  private starts = 0;
  private end = 0;

  constructor(rate: Rate) {
    this.rate = rate;
  }

  /** The time until another job may start, in milliseconds. */
  pause(): number {
    return this.isOver() || this.starts < this.rate.limit ? 0 : this.end - hub.now();
  }

  /** A job starts. */
  started(): void {
    if (this.isOver()) {
      this.starts = 0;
      this.end = hub.now() + this.rate.interval;
    }
    this.starts += 1;
  }

  /** An end further ahead than an interval can only come from another clock. */
  private isOver(): boolean {
    const left = this.end - hub.now();
    return left <= 0 || left > this.rate.interval;
  }
}
