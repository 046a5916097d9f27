import { measured } from './measured.ts';
import { Meter } from './meter.ts';

/** The tools that measure now. They share one meter, because each meter costs each switch. */
const users = new Set<Measuring>();
let meter: Meter | null = null;

/** Measures greenlets for one tool: `stats()`, a page of the console, `greenhub top`. */
export class Measuring implements Disposable {
  /** Turns measuring on, unless another tool has. */
  ensure(): Meter {
    users.add(this);
    return meter ?? begin();
  }

  /** Turns measuring on, and begins at zero, for the other tools too. */
  restart(): Meter {
    users.add(this);
    meter?.stop();
    return begin();
  }

  /** The last tool turns it off. */
  [Symbol.dispose](): void {
    if (!users.delete(this) || users.size > 0) return;
    meter?.stop();
    meter = null;
    measured.by = null;
  }
}

function begin(): Meter {
  meter = new Meter();
  measured.by = meter;
  return meter;
}
