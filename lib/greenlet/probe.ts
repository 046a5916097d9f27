import { captureHere } from './frames.ts';
import type { Suspend } from './operation.ts';

/**
 * The core's part of looking at where a greenlet is suspended; the rest is in `inspect/suspended-lines.ts`. A suspended generator has
 * no stack, so its frame is resumed for a moment:
 *
 *     linesAt() ──next()──▶ generator ──yield*──▶ operation ──▶ reached() captures the stack
 *          ▲  ◀───────────────── the same token again ───────────────┘
 *
 * Every operation that can be suspended calls `reached()` if it is resumed while `probe.isOn`, and yields its token again. It asks
 * only where a resumption is unusual anyway, so a switch costs nothing more. Meanwhile main counts as the running greenlet, and
 * nothing can park.
 */
export const probe = {
  /** True while a frame is resumed only in order to look at its stack. */
  isOn: false,
  /** The stack that was captured. */
  captured: null as { stack?: unknown } | null,
};

/** V8 keeps this many frames of one stack: enough for the deepest chain of generators. */
const MOST_FRAMES = 20_000;

/**
 * Called by a suspended operation that is resumed while `probe.isOn`. Returns the token to yield again.
 *
 * @param raiser the frames start below this function
 */
export function reached(
  token: IteratorYieldResult<Suspend>,
  raiser: (...args: never[]) => unknown,
): IteratorYieldResult<Suspend> {
  probe.captured = captureHere(raiser, MOST_FRAMES);
  return token;
}
