import type { Suspension } from '../hub/parking/suspension.ts';
import { OutsideWait } from './outside-wait.ts';

/** What an attempt is under way with, and is told when nobody waits for its outcome any more. */
export interface Attempt {
  /** Called when nobody gets what it was to give, or gave: it frees what it holds. */
  discard(): void;
}

/**
 * A wait for something that is to be opened, and to be closed again when whoever waits does not get it. Because it can be
 * closed, it takes nothing that others miss: of several that race and are done at once, all but one are cancelled.
 */
export abstract class Opening<T> extends OutsideWait<T> {
  private underWay: Attempt | null = null;

  /** Begins an attempt. The first call of one of both functions counts, and none once it was discarded. */
  protected abstract open(opened: (value: T) => void, failed: (error: unknown) => void): Attempt;

  override get holds(): boolean {
    return false;
  }

  override next(value?: unknown): ReturnType<Suspension<T>['next']> {
    const result = super.next(value);
    if (this.greenlet === null) this.underWay = null;
    return result;
  }

  protected override get canLinger(): boolean {
    return false;
  }

  protected tryNow(): boolean {
    return false;
  }

  protected enqueue(): void {
    let current: Attempt | null = null;
    const isOver = (): boolean => current !== null && this.underWay !== current;
    try {
      current = this.open(
        (value) => isOver() || this.complete(value),
        (error) => isOver() || this.fail(error),
      );
      this.underWay = current;
    } catch (error) {
      this.fail(error);
    }
  }

  protected override cancelled(): void {
    const { underWay } = this;
    this.underWay = null;
    underWay?.discard();
  }

  protected override reset(): void {
    super.reset();
    this.underWay = null;
  }
}
