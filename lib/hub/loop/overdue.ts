import type { ReadyQueue } from './run-queue.ts';
import type { Timers } from './timers.ts';

/** After this many drains that left greenlets ready, overdue timers no longer wait for their turn. */
const MOST_RESTLESS = 8;

/**
 * Timers whose deadline has passed. There may be many if the event loop was held up. They fire one deadline at a time, after
 * the greenlets that were ready before have run. So deadlines take effect in their order, however late they are.
 */
export class Overdue {
  private readonly timers: Timers;
  /** A mark in the run queue: the greenlets before it run before more timers fire. Null while no timer is due. */
  private mark: number | null = null;
  /** How many drains in a row have left greenlets ready since timers became due. */
  private restless = 0;

  constructor(timers: Timers) {
    this.timers = timers;
  }

  get isAny(): boolean {
    return this.mark !== null;
  }

  /** Called by the clock when a timer is due. */
  note(queue: ReadyQueue): void {
    this.mark ??= queue.mark();
  }

  /** A drain has ended. */
  drained(queue: ReadyQueue): void {
    this.restless = queue.isEmpty ? 0 : this.restless + 1;
  }

  /** True if the present drain should end so that the next timers can fire. */
  areNext(queue: ReadyQueue): boolean {
    return this.restless > 0 && this.mark !== null && queue.hasPassed(this.mark);
  }

  /** The chains of the run queue were dissolved, which has moved its marks. */
  moveMark(moved: (mark: number) => number): void {
    if (this.mark !== null) this.mark = moved(this.mark);
  }

  /** Fires the timers of the earliest deadline, if it is their turn. */
  fire(queue: ReadyQueue): void {
    const { restless, mark } = this;
    if (mark === null) return;
    const excess = restless - MOST_RESTLESS;
    // At first, the timers wait until nothing is ready. If that never happens, they wait only for the greenlets before the mark.
    if (!queue.isEmpty && excess < 0 && (restless === 0 || !queue.hasPassed(mark))) return;
    // If greenlets are always ready, more and more deadlines fire at once, so that timers do not fall behind forever.
    let left = excess < 0 ? 1 : 2 ** excess;
    let isMoreDue = true;
    for (; left > 0 && isMoreDue; left -= 1) isMoreDue = this.timers.fireNext();
    this.mark = isMoreDue ? queue.mark() : null;
    if (!isMoreDue) this.restless = 0;
  }
}
