import type { RawGreenlet } from '../../greenlet/raw-greenlet.ts';
import type { ReadyQueue } from './run-queue.ts';

/** What the hub reads from a failed greenlet in order to report it. */
export interface Failed extends RawGreenlet {
  readonly exception: unknown;
  /** True once a waiter or a link has received the greenlet's error. */
  readonly taken: boolean;
  readonly spawnSite: string | undefined;
}

/**
 * Failed greenlets whose error nobody has taken yet. An error that nobody takes by the next turn of the event loop is
 * reported. Every greenlet that was ready before that turn still has the chance to take it.
 */
export class Failures {
  private list: { readonly greenlet: Failed; after: number | null }[] = [];

  get isAny(): boolean {
    return this.list.length > 0;
  }

  add(greenlet: Failed): void {
    this.list.push({ greenlet, after: null });
  }

  /** The event loop has turned. Only the greenlets that are ready now may still take these errors. */
  turned(queue: ReadyQueue): void {
    if (this.list.length === 0) return;
    const mark = queue.mark();
    for (const failure of this.list) failure.after ??= mark;
  }

  /** The chains of the run queue were dissolved, which has moved its marks. */
  moveMarks(moved: (mark: number) => number): void {
    for (const failure of this.list) if (failure.after !== null) failure.after = moved(failure.after);
  }

  /** Removes the failures whose time is over, and returns those whose error nobody took. */
  takeUntold(queue: ReadyQueue): Failed[] {
    const isOver = ({ after }: { after: number | null }): boolean => after !== null && queue.hasPassed(after);
    const over = this.list.filter(isOver);
    if (over.length > 0) this.list = this.list.filter((failure) => !isOver(failure));
    return over.map(({ greenlet }) => greenlet).filter(({ taken }) => !taken);
  }
}
