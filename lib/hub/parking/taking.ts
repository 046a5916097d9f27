import type { TimeoutOption } from '../checks/checks.ts';
import { type Line, WaitQueue } from '../loop/wait-queue.ts';
import { TimedSuspension } from './timed-suspension.ts';

/** Counts those who have joined a line. */
let tickets = 0;

/** Where a waiter that was set aside stood. */
export interface Place {
  readonly queue: WaitQueue<TakingSuspension<unknown>>;
  readonly before: TakingSuspension<unknown> | null;
}

/**
 * A suspension whose end takes something: an item, a lock, a permit. It stands aside while it must not be given anything:
 * of the branches of a `race()`, only one may take. A wait that stands aside stays in its line until it is its turn there.
 * Only then does it leave the line, and it returns to its place later. So a turn of one branch costs nothing for the others.
 */
export abstract class TakingSuspension<T> extends TimedSuspension<T> {
  /** Its place among all who have ever joined a line; 0 before it has joined one. */
  protected ticket: number;

  constructor(options: TimeoutOption | undefined) {
    super(options);
    this.ticket = 0;
  }

  protected override park(): void {
    tickets += 1;
    this.ticket = tickets;
    super.park();
    const { greenlet, queue } = this;
    if (greenlet !== null && greenlet.branching !== null && queue instanceof WaitQueue) queue.guard = setAsideFirst;
  }

  protected override reset(): void {
    super.reset();
    this.ticket = 0;
  }

  /** @internal Whether what it has been given is missing elsewhere, so that nobody may let it go to waste. */
  get holds(): boolean {
    return true;
  }

  /** @internal True while it must not be given anything. */
  get isAside(): boolean {
    const { greenlet } = this;
    return greenlet?.branching?.isAside(greenlet) === true;
  }

  /** @internal Leaves its line because it stands aside. Returns whether it has. */
  leaveLine(): boolean {
    const { greenlet } = this;
    return greenlet?.branching?.setAside(greenlet, this) === true;
  }

  /** @internal Leaves the line; null when it stands in none. */
  setAside(): Place | null {
    const { queue, before } = this;
    if (queue === null) return null;
    queue.remove(this);
    return { queue, before } as Place;
  }

  /** @internal Takes what is there by now; true when that ends the wait, in whatever way. */
  retry(): boolean {
    try {
      if (!this.tryNow()) return false;
      this.complete(this.value);
    } catch (error) {
      this.fail(error);
    }
    return true;
  }

  /** @internal Stands in line again, behind all who came before it. */
  standAgain({ queue, before }: Place): void {
    // Mostly who stood before it is still there; else the line, which is in the order of tickets, has to be searched.
    let last = before !== null && before.queue === queue ? before : null;
    for (;;) {
      const next = (last === null ? queue.first : last.after) as TakingSuspension<unknown> | null;
      if (next === null || next.ticket > this.ticket) break;
      last = next;
    }
    queue.insertAfter(this, last);
    queue.guard = setAsideFirst;
  }
}

/** The guard of a line in which branches stand. */
function setAsideFirst(queue: Line): void {
  for (let { first } = queue; first instanceof TakingSuspension && first.isAside; first = queue.first) {
    if (!first.leaveLine()) return;
  }
}
