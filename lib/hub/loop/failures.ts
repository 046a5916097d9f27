import type { RawGreenlet } from '../../greenlet/raw-greenlet.ts';
import type { ReadyQueue } from './run-queue.ts';

/** What the hub reads from a failed greenlet in order to report it. */
export interface Failed extends RawGreenlet {
  readonly exception: unknown;
  /** True once a waiter or a link has received the greenlet's error or claimed it, or the error was reported. */
  taken: boolean;
  readonly spawnSite: string | undefined;
}

/** The event loop has not turned since the greenlet failed. */
const FRESH = 0;
/** The event loop has turned. The greenlets that were ready before the mark may still take the error. */
const READY_MAY_TAKE = 1;
/** Those greenlets have run. The greenlets before the mark became ready meanwhile. They are the last that may take the error. */
const LAST = 2;

interface Failure {
  readonly greenlet: Failed;
  stage: number;
  mark: number;
}

/**
 * Failed greenlets whose error nobody has taken yet. An error that nobody takes by the next turn of the event loop is
 * reported. Every greenlet that was ready before that turn still has the chance to take it. So has an async function that
 * awaits such a greenlet: it continues after the drain, and takes the error in the drain after.
 */
export class Failures {
  private list: Failure[] = [];

  get isAny(): boolean {
    return this.list.length > 0;
  }

  add(greenlet: Failed): void {
    this.list.push({ greenlet, stage: FRESH, mark: 0 });
  }

  /** The event loop has turned. */
  turned(queue: ReadyQueue): void {
    if (this.list.length === 0) return;
    const mark = queue.mark();
    for (const failure of this.list) {
      if (failure.stage === FRESH) failure.stage = queue.isEmpty ? LAST : READY_MAY_TAKE;
      else if (failure.stage === READY_MAY_TAKE && queue.hasPassed(failure.mark)) failure.stage = LAST;
      else continue;
      failure.mark = mark;
    }
  }

  /** The chains of the run queue were dissolved, which has moved its marks. */
  moveMarks(moved: (mark: number) => number): void {
    for (const failure of this.list) if (failure.stage !== FRESH) failure.mark = moved(failure.mark);
  }

  /** Removes the failures whose time is over, and returns those whose error nobody took. */
  takeUntold(queue: ReadyQueue): Failed[] {
    const isOver = ({ stage, mark }: Failure): boolean => stage === LAST && queue.hasPassed(mark);
    const over = this.list.filter(isOver);
    if (over.length > 0) this.list = this.list.filter((failure) => !isOver(failure));
    const untold: Failed[] = [];
    for (const { greenlet } of over) {
      if (greenlet.taken) continue;
      // So that it is reported once, even if a wait claims the error and gives it up.
      greenlet.taken = true;
      untold.push(greenlet);
    }
    return untold;
  }
}
