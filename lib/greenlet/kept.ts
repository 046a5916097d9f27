import type { RawGreenlet } from './raw-greenlet.ts';

/** So few holes are no reason to close them. */
const FEW_HOLES = 32;
/** The array keeps this many slots even if they are empty. */
const SPARE_SLOTS = 1_024;

/**
 * The greenlets that we keep alive, in the order in which they came. A greenlet that the hub has started comes when it is first
 * suspended, which many never are, and stays until it ends. A loose greenlet, which somebody has switched to, is here only while
 * it is parked: while it is ready the run queue holds it, and after it has switched away only its users do.
 *
 *     slots  [ – g1 . g2 . . g3 ]      each knows its place, and leaves a hole; the holes are closed
 *                              ▲end    when more than half are
 */
export class Kept {
  /** A place is never 0, which says that a greenlet is not kept. */
  private readonly slots: (RawGreenlet | null)[] = [null];
  private end = 1;
  private count = 0;

  add(greenlet: RawGreenlet): void {
    greenlet.moveTo(this.end);
    this.slots[this.end] = greenlet;
    this.end += 1;
    this.count += 1;
  }

  remove(greenlet: RawGreenlet): void {
    const { place } = greenlet;
    greenlet.moveTo(0);
    this.slots[place] = null;
    this.count -= 1;
    if (place === this.end - 1) {
      this.end = place;
      // Greenlets that leave in reverse order close their holes, but the slots must be given back too.
      if (this.slots.length > 4 * place + SPARE_SLOTS) this.slots.length = place;
    } else if (this.end > 2 * this.count + FEW_HOLES) this.closeHoles();
  }

  *[Symbol.iterator](): Generator<RawGreenlet, void, unknown> {
    for (let place = 1; place < this.end; place += 1) {
      const greenlet = this.slots[place] as RawGreenlet | null;
      if (greenlet !== null) yield greenlet;
    }
  }

  private closeHoles(): void {
    const { slots } = this;
    let end = 1;
    for (let place = 1; place < this.end; place += 1) {
      const greenlet = slots[place] as RawGreenlet | null;
      if (greenlet === null) continue;
      slots[place] = null;
      slots[end] = greenlet;
      greenlet.moveTo(end);
      end += 1;
    }
    this.end = end;
    slots.length = end;
  }
}

export const kept = new Kept();
