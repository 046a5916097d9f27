import { GreenletError } from '../greenlet/errors.ts';
import { Semaphore } from './semaphore.ts';

/**
 * A semaphore that never has more permits than at the start. One `release()` too many throws; a plain Semaphore would
 * not notice.
 *
 * @example
 * const seats = new BoundedSemaphore(4);
 */
export class BoundedSemaphore extends Semaphore {
  /** @internal */
  readonly bound: number;

  /**
   * @param value the number of permits, both at the start and at most
   * @throws RangeError unless `value` is a whole number, at least 0
   */
  constructor(value = 1) {
    super(value);
    this.bound = value;
  }

  protected override holdText(): string {
    return `${this.counter} of ${this.bound} free`;
  }

  /**
   * Returns a permit. It goes to the first waiter, if there is one.
   *
   * @throws GreenletError if no permit is out
   */
  override release(): void {
    if (this.counter >= this.bound && this.bound !== Infinity) {
      throw new GreenletError(
        `${this.name} already has all of its ${this.bound} permits: call release() once for each acquire()`,
      );
    }
    super.release();
  }
}
