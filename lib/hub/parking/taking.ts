import type { TimeoutOption } from '../checks/checks.ts';
import { type Line, WaitQueue } from '../loop/wait-queue.ts';
import { TimedSuspension } from './timed-suspension.ts';

/** Counts the waiters that have joined a line. */
let tickets = 0;

/** The place in line of a waiter that was set aside. */
export interface Place {
  readonly queue: WaitQueue<TakingSuspension<unknown>>;
  readonly before: TakingSuspension<unknown> | null;
}

/**
 * A suspension that takes something when it ends: an item, a lock, a permit. It stands aside while it must not be given anything,
 * because only one branch of a `race()` may take. A waiter that stands aside stays in its line until it is its turn. Only then does
 * it leave the line, and it returns to its place later. So a turn of one branch costs nothing for the others.
 */
export abstract class TakingSuspension<T> extends TimedSuspension<T> {
  /** Its number in the order in which waiters have joined a line; 0 before it has joined one. */
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

  /** @internal True if what it takes is then missing elsewhere, so that it must not be lost. */
  get holds(): boolean {
    return true;
  }

  /** @internal True while it must not be given anything. */
  get isAside(): boolean {
    const { greenlet } = this;
    return greenlet?.branching?.isAside(greenlet) === true;
  }

  /** @internal Asks to leave its line because it stands aside. Returns whether it has left. */
  leaveLine(): boolean {
    const { greenlet } = this;
    return greenlet?.branching?.setAside(greenlet, this) === true;
  }

  /** @internal Leaves its line and returns its place; null if it is in no line. */
  setAside(): Place | null {
    const { queue, before } = this;
    if (queue === null) return null;
    queue.remove(this);
    return { queue, before } as Place;
  }

  /** @internal Tries to take again. Returns true if that has ended the wait, with a value or an error. */
  retry(): boolean {
    try {
      if (!this.tryNow()) return false;
      this.complete(this.value);
    } catch (error) {
      this.fail(error);
    }
    return true;
  }

  /** @internal Returns to its line, behind all waiters that came before it. */
  standAgain({ queue, before }: Place): void {
    // The waiter before it is usually still there. Otherwise search the line, which is sorted by ticket.
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

/** The guard of a line that contains branches. */
function setAsideFirst(queue: Line): void {
  for (let { first } = queue; first instanceof TakingSuspension && first.isAside; first = queue.first) {
    if (!first.leaveLine()) return;
  }
}
