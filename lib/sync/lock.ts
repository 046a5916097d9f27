import { Exclusive } from './exclusive.ts';

/**
 * A mutual-exclusion lock. One greenlet holds it; the others wait in the order in which they came. Any greenlet may
 * release it.
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
   * Releases the lock. It goes to the first waiter, if there is one.
   *
   * @throws GreenletError if the lock is not held
   */
  release(): void {
    this.releaseOnce();
  }
}
