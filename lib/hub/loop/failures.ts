import type { RawGreenlet } from '../../greenlet/raw-greenlet.ts';
import type { ReadyQueue } from './run-queue.ts';

/** A failed greenlet as the hub reports it. */
export interface Failed extends RawGreenlet {
  readonly exception: unknown;
  /** True once somebody joined it, linked to it or got its error. */
  readonly taken: boolean;
  readonly spawnSite: string | undefined;
}

/**
 * Failed greenlets whose error nobody has taken yet. Their waiters have time until the next turn of the event loop; a greenlet
 * that was ready before that turn still counts.
 */
export class Failures {
  private list: { readonly greenlet: Failed; after: number | null }[] = [];

  get isAny(): boolean {
    return this.list.length > 0;
  }

  add(greenlet: Failed): void {
    this.list.push({ greenlet, after: null });
  }

  /** The event loop has turned: whoever is in the queue now is the last that may take these errors. */
  turned(queue: ReadyQueue): void {
    if (this.list.length === 0) return;
    const mark = queue.mark();
    for (const failure of this.list) failure.after ??= mark;
  }

  /** Removes and gives the greenlets whose time is over and whose error nobody took. */
  takeUntold(queue: ReadyQueue): Failed[] {
    const isOver = ({ after }: { after: number | null }): boolean => after !== null && queue.hasPassed(after);
    const over = this.list.filter(isOver);
    if (over.length > 0) this.list = this.list.filter((failure) => !isOver(failure));
    return over.map(({ greenlet }) => greenlet).filter(({ taken }) => !taken);
  }
}
