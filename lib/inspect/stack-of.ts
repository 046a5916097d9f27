import { RawGreenlet } from '../greenlet/raw-greenlet.ts';
import { suspendedLines } from './suspended-lines.ts';

/** The callers of deeper recursions of `call()` are only counted, because each costs as much as a whole stack. */
const MOST_LINES = 200;

/**
 * Shows where a greenlet is suspended: every function of the program from the one that waits down to the greenlet's body, through
 * `yield*` and `call()`. The greenlet does not notice it: it is not woken, and nothing about its turn changes. A look takes some
 * microseconds.
 *
 * Lines of the library are left out. If source maps are on (`--enable-source-maps`), lines refer to the sources. A function that
 * waits in a hand-written iterator is known only if the iterator passes `next()` on to the operation.
 *
 * @returns the frames, innermost first, as in the stack of an error: `load (file:///srv/app.ts:12:9)`. Empty if the stack cannot be
 *   known: the greenlet has not begun, runs, or has ended, or it waits outside functions of the program
 * @throws TypeError if `greenlet` is not a greenlet
 *
 * @example
 * console.log(stackOf(worker).join('\n'));
 */
export function stackOf(greenlet: RawGreenlet): string[] {
  if (!(greenlet instanceof RawGreenlet)) throw new TypeError('stackOf() takes a greenlet');
  return suspendedLines(greenlet, MOST_LINES).map((line) => line.trim().replace(/^at /, ''));
}
