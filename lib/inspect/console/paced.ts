import { now } from '../clock.ts';

/** The part of the time that one look may take. */
const SHARE = 0.01;
/** The first look is slow, because what it calls is not compiled yet. It must not delay the next ones for long. In milliseconds. */
const LONGEST_PAUSE = 5_000;

/**
 * Paces a look. However many greenlets there are, it takes at most 1 % of the time, unless that would need a pause of more than five
 * seconds. Looks of one kind share that time.
 */
export class Paced<T> {
  private readonly look: () => T;
  private readonly sharers: () => number;
  private due = 0;

  /** @param sharers the number of looks that share the time */
  constructor(look: () => T, sharers: () => number = alone) {
    this.look = look;
    this.sharers = sharers;
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
    this.due = now() + pauseAfter(took, this.sharers());
    return seen;
  }
}

/** How long to wait after a look that took so long, if so many looks share the time. Both times are in milliseconds. */
export function pauseAfter(took: number, sharers: number): number {
  return Math.min((took * sharers) / SHARE, LONGEST_PAUSE);
}

function alone(): number {
  return 1;
}
