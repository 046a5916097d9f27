import { measured } from './measured.ts';
import { Meter } from './meter.ts';

/** Measures greenlets while somebody looks, unless the program does so itself by `stats()`. */
export class Measuring implements Disposable {
  private meter: Meter | null = null;

  /** Turns measuring on if nothing measures: the program may have ended its own. */
  ensure(): void {
    if (measured.by !== null) return;
    this.meter?.stop();
    this.meter = new Meter();
    measured.by = this.meter;
  }

  [Symbol.dispose](): void {
    this.meter?.stop();
    if (measured.by === this.meter) measured.by = null;
    this.meter = null;
  }
}
