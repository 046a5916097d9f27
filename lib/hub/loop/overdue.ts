import type { ReadyQueue } from './run-queue.ts';
import type { Timers } from './timers.ts';

/** After this many drains that did not come to rest, overdue timers no longer wait for their turn. */
const MOST_RESTLESS = 8;

/**
 * Timers whose deadline has passed. After the event loop was held up there may be many. They fire one deadline at a time, once
 * everything that was ready before has run. So deadlines take effect in their order, however late they are.
 */
export class Overdue {
  private readonly timers: Timers;
  /** The end, in the run queue, of the greenlets that run before more timers fire; null while no timer is due. */
  private mark: number | null = null;
  /** How many drains have not come to rest since timers became due. */
  private restless = 0;

  constructor(timers: Timers) {
    this.timers = timers;
  }

  get isAny(): boolean {
    return this.mark !== null;
  }

  /** The clock says that a timer is due. */
  note(queue: ReadyQueue): void {
    this.mark ??= queue.mark();
  }

  /** A drain has ended. */
  drained(queue: ReadyQueue): void {
    this.restless = queue.isEmpty ? 0 : this.restless + 1;
  }

  /** True if the drain under way should end, so that the next timers fire. */
  areNext(queue: ReadyQueue): boolean {
    return this.restless > 0 && this.mark !== null && queue.hasPassed(this.mark);
  }

  /** Fires the earliest deadline, if it is its turn. */
  fire(queue: ReadyQueue): void {
    const { restless, mark } = this;
    if (mark === null) return;
    const excess = restless - MOST_RESTLESS;
    // At first everything ready runs until it rests. If that never happens, only what was ready when these timers were due.
    if (!queue.isEmpty && excess < 0 && (restless === 0 || !queue.hasPassed(mark))) return;
    // If more is always ready than can run, timers must not fall behind for ever.
    let left = excess < 0 ? 1 : 2 ** excess;
    let isMoreDue = true;
    for (; left > 0 && isMoreDue; left -= 1) isMoreDue = this.timers.fireNext();
    this.mark = isMoreDue ? queue.mark() : null;
    if (!isMoreDue) this.restless = 0;
  }
}
