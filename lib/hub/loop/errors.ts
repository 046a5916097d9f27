/**
 * Thrown at waiting code in main when nothing can ever wake the blocked greenlets. The message lists every blocked greenlet
 * and what it waits for, and the cycle if there is one.
 */
export class LoopExit extends Error {
  override name = 'LoopExit';
}

/** @internal Passed to `handleError` if cleanup hangs. The greenlet has not failed, and continues. */
export class HangingCleanup extends Error {
  override name = 'HangingCleanup';
}
