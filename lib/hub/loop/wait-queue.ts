/** Where a waiter stands, and can leave. */
export interface Waiting {
  remove(waiter: Waiter): void;
}

/** A wait queue as its guard sees it. */
export interface Line {
  readonly first: Waiter | null;
}

/** Something that stands in a wait queue. It is the queue's node itself, so that waiting allocates nothing more. */
export interface Waiter {
  queue: Waiting | null;
  before: Waiter | null;
  after: Waiter | null;
  /** Called, already out of the queue, when it is this waiter's turn. A greenlet that ends says that it is the source. */
  notify(source?: unknown): void;
}

/**
 * The fair wait queue under every lock, queue, event, timer and join: waiters leave in the order in which they came,
 * and joining, leaving and being cancelled from the middle are O(1).
 *
 *     first ─▶ waiter ⇄ waiter ⇄ waiter ◀─ last
 */
export class WaitQueue<W extends Waiter = Waiter> implements Waiting {
  first: W | null = null;
  last: W | null = null;
  /** Called before the first waiter is served. It removes waiters that stand aside (`TakingSuspension`). */
  guard: ((queue: Line) => void) | null = null;

  push(waiter: W): void {
    const last = this.last;
    waiter.queue = this;
    waiter.before = last;
    waiter.after = null;
    if (last === null) this.first = waiter;
    else last.after = waiter;
    this.last = waiter;
  }

  /** Puts a waiter behind another one of this queue, or, given null, in front of all. */
  insertAfter(waiter: W, before: W | null): void {
    const after = (before === null ? this.first : before.after) as W | null;
    waiter.queue = this;
    waiter.before = before;
    waiter.after = after;
    if (before === null) this.first = waiter;
    else before.after = waiter;
    if (after === null) this.last = waiter;
    else after.before = waiter;
  }

  /** The waiter whose turn it is, or null. Unlike `first`, it never stands aside. */
  head(): W | null {
    if (this.guard !== null) this.guard(this);
    return this.first;
  }

  /** Takes the waiter whose turn it is, or null. */
  shift(): W | null {
    const first = this.head();
    if (first !== null) this.remove(first);
    return first;
  }

  remove(waiter: W): void {
    const { before, after } = waiter as { before: W | null; after: W | null };
    if (before === null) this.first = after;
    else before.after = after;
    if (after === null) this.last = before;
    else after.before = before;
    waiter.queue = null;
    waiter.before = null;
    waiter.after = null;
  }

  /** The waiters, first to last. */
  *[Symbol.iterator](): Generator<W, void, unknown> {
    for (let waiter = this.first; waiter !== null; waiter = waiter.after as W | null) yield waiter;
  }

  /** Takes and notifies all that stand in the queue now; those that join meanwhile wait for the next time. */
  notifyAll(): void {
    if (this.first === null) return;
    if (this.first === this.last) {
      this.shift()?.notify();
      return;
    }
    // In a queue of their own, so that one may leave before its turn, and whoever joins is told apart.
    const present = new WaitQueue<W>();
    present.first = this.first;
    present.last = this.last;
    for (const waiter of present) waiter.queue = present;
    this.first = null;
    this.last = null;
    for (let waiter = present.shift(); waiter !== null; waiter = present.shift()) waiter.notify();
  }
}

/** Takes a waiter out of whatever queue it stands in. */
export function leaveQueue(waiter: Waiter): void {
  waiter.queue?.remove(waiter);
}
