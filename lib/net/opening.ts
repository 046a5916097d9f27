import { external } from '../hub/external.ts';
import { type Suspension, TimedSuspension } from '../hub/suspension.ts';
import { tellWhereWaited } from './outside-wait.ts';

/** What an attempt is under way with, and is told when nobody waits for its outcome any more. */
export interface Attempt {
  /** Called when nobody gets what it was to give, or gave: it frees what it holds. */
  discard(): void;
}

/**
 * A wait for something that is to be opened, and to be closed again when whoever waits does not get it. Because it can be
 * closed, it takes nothing that others miss: of several that race and are done at once, all but one are cancelled.
 */
export abstract class Opening<T> extends TimedSuspension<T> {
  private counted = false;
  /** What it was ended with, if that was an error. */
  private failure: unknown = null;
  private underWay: Attempt | null = null;

  /** Begins an attempt. The first call of one of both functions counts, and none once it was discarded. */
  protected abstract open(opened: (value: T) => void, failed: (error: unknown) => void): Attempt;

  override next(value?: unknown): ReturnType<Suspension<T>['next']> {
    const result = super.next(value);
    if (this.greenlet === null) this.underWay = null;
    return result;
  }

  override throw(error?: unknown): ReturnType<Suspension<T>['throw']> {
    if (error === this.failure) tellWhereWaited(error);
    this.failure = null;
    return super.throw(error);
  }

  protected override park(): void {
    this.counted = true;
    external.waits += 1;
    super.park();
  }

  protected override complete(value: T): void {
    this.over();
    super.complete(value);
  }

  protected override fail(error: unknown): void {
    this.over();
    this.failure = error;
    super.fail(error);
  }

  override abort(): void {
    this.over();
    super.abort();
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
    this.counted = false;
    this.failure = null;
  }

  private over(): void {
    if (!this.counted) return;
    this.counted = false;
    external.waits -= 1;
  }
}
