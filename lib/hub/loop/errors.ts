/**
 * Waiting main code gets this when nothing can ever wake the greenlets that are blocked. Its message lists each
 * one with what it waits for, and walks the cycle if there is one.
 */
export class LoopExit extends Error {
  override name = 'LoopExit';
}

/** @internal What `handleError` gets for cleanup that hangs. The greenlet has not failed, and goes on. */
export class HangingCleanup extends Error {
  override name = 'HangingCleanup';
}
