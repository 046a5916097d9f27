import type { Coroutine } from '../../greenlet/operation.ts';
import type { RawGreenlet } from '../../greenlet/raw-greenlet.ts';
import { HangingCleanup } from '../loop/errors.ts';
import { hub } from '../loop/hub.ts';
import { until } from '../parking/until.ts';
import { withTimeout } from './with-timeout.ts';

const HANGS: unique symbol = Symbol('hangs');

/**
 * Waits for foreign cleanup for at most `hub.cleanupGrace`, because cleanup that hangs must not keep a greenlet from ending.
 * After that time, `handleError` reports the cleanup.
 *
 * @param what names the cleanup in the report
 * @param greenlet the greenlet that needs the cleanup
 * @throws the error of the cleanup, if it fails in time
 */
export function* finishCleanup(cleanup: PromiseLike<unknown>, what: string, greenlet: RawGreenlet): Coroutine<void> {
  const grace = hub.cleanupGrace;
  const outcome = yield* withTimeout(grace, until(Promise.resolve(cleanup)), { timeoutValue: HANGS });
  if (outcome !== HANGS) return;
  hub.tell(
    greenlet,
    new HangingCleanup(
      `${what} has not ended within ${grace} ms, so the greenlet continues without it: ` +
        'make it settle, or set getHub().cleanupGrace to wait longer',
    ),
  );
}
