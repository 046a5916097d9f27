import { GreenletError } from '../greenlet/errors.ts';
import type { RawGreenlet } from '../greenlet/raw-greenlet.ts';
import { Acquirable } from './acquirable.ts';

/**
 * Mutual exclusion: one greenlet holds it, the others wait in the order in which they came. Any greenlet may release it.
 *
 * @example
 * const lock = new Lock();
 * function* increment() {
 *   using _ = yield* lock.hold();
 *   const value = yield* load();
 *   yield* store(value + 1);
 * }
 */
export class Lock extends Acquirable {
  private holder: RawGreenlet | null = null;

  constructor() {
    super('Lock');
  }

  /** True while somebody holds it. */
  locked(): boolean {
    return this.holder !== null;
  }

  /**
   * Gives it to the first who waits, or sets it free.
   *
   * @throws GreenletError when nobody holds it
   */
  release(): void {
    if (this.holder === null) throw new GreenletError(`${this.name} is not held: acquire() it before release()`);
    this.holder = null;
    this.handOver();
  }

  /** @internal */
  take(greenlet: RawGreenlet): void {
    this.holder = greenlet;
  }

  /** @internal */
  holders(): readonly RawGreenlet[] {
    return this.holder === null ? [] : [this.holder];
  }
}
