import type { Suspension } from '../hub/parking/suspension.ts';
import { OutsideWait } from './outside-wait.ts';

/** An attempt to open something. */
export interface Attempt {
  /** Frees what it holds or has opened. Called when the waiter does not get the result. */
  discard(): void;
}

/**
 * Waits for something to open, and closes it again if the waiter does not get it. So it takes nothing that others would
 * miss: if several are ready in a race at once, all but one are cancelled.
 */
export abstract class Opening<T> extends OutsideWait<T> {
  private underWay: Attempt | null = null;

  /** Begins an attempt. Only the first call of `opened` or `failed` counts, and none after `discard()`. */
  protected abstract open(opened: (value: T) => void, failed: (error: unknown) => void): Attempt;

  override next(value?: unknown): ReturnType<Suspension<T>['next']> {
    const result = super.next(value);
    if (this.greenlet === null) this.underWay = null;
    return result;
  }

  protected override get canLinger(): boolean {
    return false;
  }

  protected override register(): void {
    super.register();
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
