/** A queue that a waiter can leave. */
export interface Waiting {
  remove(waiter: Waiter): void;
}

/** A member of a wait queue. It is the queue's node itself, so waiting allocates nothing more. */
export interface Waiter {
  queue: Waiting | null;
  before: Waiter | null;
  after: Waiter | null;
  /** Called when it is this waiter's turn, after it was removed from the queue. A greenlet that ends passes itself as `source`. */
  notify(source?: unknown): void;
}

/**
 * The fair wait queue under every lock, queue, event, timer and join. Waiters are served in order of arrival. Joining the
 * queue and leaving it, even from the middle, are O(1).
 *
 *     first ─▶ waiter ⇄ waiter ⇄ waiter ◀─ last
 */
export class WaitQueue<W extends Waiter = Waiter> implements Waiting {
  first: W | null = null;
  last: W | null = null;
  /** Called before the first waiter is served. It removes waiters that stand aside (`hub/parking/taking.ts`). */
  guard: ((queue: WaitQueue) => void) | null = null;

  push(waiter: W): void {
    const last = this.last;
    waiter.queue = this;
    waiter.before = last;
    waiter.after = null;
    if (last === null) this.first = waiter;
    else last.after = waiter;
    this.last = waiter;
  }

  /** Inserts a waiter behind another waiter of this queue. If `before` is null, inserts it at the front. */
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

  /** The waiter whose turn it is, or null. Unlike `first`, it is never a waiter that stands aside. */
  head(): W | null {
    if (this.guard !== null) this.guard(this);
    return this.first;
  }

  /** Removes and returns the waiter whose turn it is, or returns null. */
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

  /** Removes and notifies the present waiters. A waiter that joins meanwhile waits for the next time. */
  notifyAll(): void {
    if (this.first === null) return;
    if (this.first === this.last) {
      this.shift()?.notify();
      return;
    }
    // They move to a queue of their own, which they can leave, and which later waiters do not join.
    const present = new WaitQueue<W>();
    present.first = this.first;
    present.last = this.last;
    for (const waiter of present) waiter.queue = present;
    this.first = null;
    this.last = null;
    for (let waiter = present.shift(); waiter !== null; waiter = present.shift()) waiter.notify();
  }
}

/** Removes a waiter from its queue, if it is in one. */
export function leaveQueue(waiter: Waiter): void {
  waiter.queue?.remove(waiter);
}
