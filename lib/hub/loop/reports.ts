import type { RawGreenlet } from '../../greenlet/raw-greenlet.ts';

/** What `hub/reports/` does for the hub. `plugInReports()` passes these functions to `hub.reportTo()`. */
export interface Reports {
  /** Turns on or off what is looked for in debug mode: operations that are created and never run, and deadlocks. */
  watch(on: boolean): void;
  /** Prints a failure on standard error. */
  printFailure(greenlet: RawGreenlet, error: unknown): void;
  /** Called when the event loop is empty. Looks for a deadlock. Returns true if a waiter was woken. */
  loopIsEmpty(): boolean;
}
