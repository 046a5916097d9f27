import type { RawGreenlet } from './raw-greenlet.ts';

/** With this many holes or fewer, they are not closed. */
const FEW_HOLES = 32;
/** The array keeps this many slots even if they are empty. */
const SPARE_SLOTS = 1_024;

/**
 * The greenlets that we keep alive, oldest first. A greenlet of the hub is added when it is first suspended (many never are), and
 * stays until it ends. A loose greenlet, which was started by a switch, is here only while it is parked. While it is ready, the
 * run queue refers to it; after it has switched away, only the program does.
 *
 *     slots  [ – g1 . g2 . . g3 ]      each greenlet knows its place and leaves a hole there; the holes
 *                              ▲end    are closed when more than half of the slots are holes
 */
export class Kept {
  /** Place 0 is never used: a greenlet with place 0 is not kept. */
  readonly slots: (RawGreenlet | null)[] = [null];
  end = 1;
  count = 0;

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
      // Greenlets that leave in reverse order leave no holes, but the memory of their slots must be released too.
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

/**
 * Lists the greenlets behind `first`. That is quicker than to iterate, and than to let a list grow. A function, because bundlers drop
 * unused functions, but not unused methods.
 */
export function listBehind(first: RawGreenlet, { count, end, slots }: Kept): RawGreenlet[] {
  const list = new Array<RawGreenlet>(count + 1);
  list[0] = first;
  let next = 1;
  for (let place = 1; place < end; place += 1) {
    const greenlet = slots[place] as RawGreenlet | null;
    if (greenlet === null) continue;
    list[next] = greenlet;
    next += 1;
  }
  return list;
}
