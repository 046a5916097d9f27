import { now } from './clock.ts';
import { measured } from './measured.ts';
import { Meter } from './meter.ts';

/** Measures greenlets while somebody looks, unless the program does so itself by `stats()`. */
export class Measuring implements Disposable {
  /** When it has begun, in milliseconds of `performance.now()`. */
  since = now();
  private meter: Meter | null = null;

  /** Turns measuring on if nothing measures: the program may have ended its own. */
  ensure(): void {
    if (measured.by !== null) return;
    this.meter?.stop();
    this.meter = new Meter();
    this.since = now();
    measured.by = this.meter;
  }

  [Symbol.dispose](): void {
    this.meter?.stop();
    if (measured.by === this.meter) measured.by = null;
    this.meter = null;
  }
}
