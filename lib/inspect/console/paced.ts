import { now } from '../clock.ts';

/** The part of the time that one look may take. */
const SHARE = 0.01;

/** Repeats a look as often as it is cheap: it takes at most 1 % of the time, however many greenlets there are. */
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
    const begun = now();
    const seen = this.look();
    const ended = now();
    this.due = ended + (ended - begun) / SHARE;
    return seen;
  }
}
