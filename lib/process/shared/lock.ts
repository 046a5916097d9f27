import { Exclusive } from './exclusive.ts';
import { LockService } from './lock-service.ts';
import { type Known, shares } from './shared.ts';

/**
 * A mutual-exclusion lock for greenlets of all threads and processes it is given to. One greenlet holds it; while that lives, any
 * other may release it. If the holder ends, with its thread or process or alone, the lock goes to the next waiter, and `abandoned`
 * is true for it.
 *
 * @example
 * export const add = remote(import.meta.url, 'add', function* (lock: mp.Lock, file: string) {
 *   using _ = yield* lock.hold();
 *   yield* appendLine(file);
 * });
 * const lock = new mp.Lock();
 * const children = files.map((file) => new mp.Process({ target: add, args: [lock, file] }).start());
 */
export class Lock extends Exclusive {
  constructor();
  /** @internal */
  constructor(known: Known);
  constructor(known?: Known) {
    super('Lock', known);
  }

  /** Releases it. It goes to the first waiter. A release of a lock that nobody holds is reported to `getHub().handleError`. */
  release(): void {
    this.releaseNow();
  }
}

shares('Lock', Lock, () => new LockService());
