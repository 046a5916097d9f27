import { Exclusive } from './exclusive.ts';

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
export class Lock extends Exclusive {
  constructor() {
    super('Lock');
  }

  /**
   * Gives it to the first who waits, or sets it free.
   *
   * @throws GreenletError when nobody holds it
   */
  release(): void {
    this.releaseOnce();
  }
}
