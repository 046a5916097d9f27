import { now } from '../clock.ts';

/** The part of the time that one look may take. */
const SHARE = 0.01;
/** The first look is slow, because what it calls is not compiled yet. It must not delay the next ones for long. In milliseconds. */
const LONGEST_PAUSE = 5_000;

/**
 * Repeats a look as often as it is cheap: it takes at most 1 % of the time, however many greenlets there are, but comes every five
 * seconds.
 */
export class Paced<T> {
  private readonly look: () => T;
  private due = 0;

  constructor(look: () => T) {
    this.look = look;
  }

  /** Looks, if that is due; otherwise null. */
  next(): T | null {
    return now() < this.due ? null : this.take();
  }

  /** Looks at once. */
  take(): T {
    const { user, system } = process.cpuUsage();
    const seen = this.look();
    const used = process.cpuUsage({ user, system });
    // Not the time by the clock, in which other processes may have run.
    const took = (used.user + used.system) / 1_000;
    this.due = now() + pauseAfter(took);
    return seen;
  }
}

/** How long to wait after a look that took so long. Both in milliseconds. */
export function pauseAfter(took: number): number {
  return Math.min(took / SHARE, LONGEST_PAUSE);
}
