import type { TimeoutOption } from '../checks/checks.ts';
import type { WaitQueue } from '../loop/wait-queue.ts';
import { TimedSuspension } from './suspension.ts';

/** Counts those who have joined a line. */
let tickets = 0;

/** Where a waiter that was set aside stood. */
export interface Place {
  readonly queue: WaitQueue<TakingSuspension<unknown>>;
  readonly before: TakingSuspension<unknown> | null;
}

/**
 * A suspension whose end takes something: an item, a lock, a permit. It can be set aside while it is not to be given
 * anything, and then put back at its place in line. `race()` and its like do so, because of several such waits only one
 * may take.
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
  }

  protected override reset(): void {
    super.reset();
    this.ticket = 0;
  }

  /** @internal Whether what it has been given is missing elsewhere, so that nobody may let it go to waste. */
  get holds(): boolean {
    return true;
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
  }
}
