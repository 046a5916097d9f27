/**
 * Waiting main code gets this when nothing can ever wake the greenlets that are blocked. Its message lists each
 * one with what it waits for, and walks the cycle if there is one.
 */
export class LoopExit extends Error {
  override name = 'LoopExit';
}

/** @internal What `handleError` is told of cleanup that is not waited for any more. It is no failure of the greenlet, which goes on. */
export class HangingCleanup extends Error {
  override name = 'HangingCleanup';
}
