import type { RawGreenlet } from '../../greenlet/raw-greenlet.ts';

/** What the room `hub/reports/` does for the hub. It fills these when it loads. */
export interface Reports {
  /** Begins to look for operations that are made and never run, or stops. */
  watchOperations(on: boolean): void;
  /** Prints a failure on standard error. */
  printFailure(greenlet: RawGreenlet, error: unknown): void;
  /** Called when the event loop is empty: looks for a deadlock. True if that wakes somebody. */
  loopIsEmpty(): boolean;
}
