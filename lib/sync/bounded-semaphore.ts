import { GreenletError } from '../greenlet/errors.ts';
import { Semaphore } from './semaphore.ts';

/**
 * A semaphore that never has more permits than at the start: one `release()` too many, which in a plain Semaphore goes
 * unnoticed, is an error.
 *
 * @example
 * const seats = new BoundedSemaphore(4);
 */
export class BoundedSemaphore extends Semaphore {
  private readonly bound: number;

  /**
   * @param value how many permits there are at the start, and at the most
   * @throws RangeError unless it is a whole number, 0 or more
   */
  constructor(value = 1) {
    super(value);
    this.bound = value;
  }

  protected override holdText(): string {
    return `${this.counter} of ${this.bound} free`;
  }

  /**
   * Gives back a permit, which goes to the first who waits.
   *
   * @throws GreenletError when all permits are back already
   */
  override release(): void {
    if (this.counter >= this.bound && this.bound !== Infinity) {
      throw new GreenletError(
        `${this.name} has all of its ${this.bound} permits: release() it once for each time it was acquired`,
      );
    }
    super.release();
  }
}
