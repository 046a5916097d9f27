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
    const begun = now();
    const before = process.cpuUsage();
    const seen = this.look();
    const took = tookOf(process.cpuUsage(before), now() - begun);
    this.due = now() + pauseAfter(took, this.sharers());
    return seen;
  }
}

/**
 * How long a look took, in milliseconds. By the clock, other processes may have run meanwhile; the time of the processor has that of all
 * threads of this process. The look itself took neither more than the one nor more than the other.
 *
 * @param used the time of the processor
 * @param lasted the time by the clock, in milliseconds
 */
export function tookOf({ user, system }: NodeJS.CpuUsage, lasted: number): number {
  return Math.min((user + system) / 1_000, lasted);
}

/** How long to wait after a look that took so long, if so many looks share the time. Both times are in milliseconds. */
export function pauseAfter(took: number, sharers: number): number {
  return Math.min((took * sharers) / SHARE, LONGEST_PAUSE);
}

function alone(): number {
  return 1;
}
