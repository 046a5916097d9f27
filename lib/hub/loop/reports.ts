import type { RawGreenlet } from '../../greenlet/raw-greenlet.ts';

/** The reports and checks that `hub/reports/` makes for the hub. */
export interface Reports {
  /** Prints a failure on standard error. */
  printFailure(greenlet: RawGreenlet, error: unknown): void;
  /** The present stack, without the frames that have created the greenlet. */
  spawnSite(): string | undefined;
  /** Called when the event loop is empty. Looks for a deadlock. Returns true if a waiter was woken. */
  loopIsEmpty(): boolean;
  /** Turns on or off what is looked for in debug mode: operations that are created and never run, and deadlocks. */
  watch(on: boolean): void;
}

/** `hub/reports/plug-in.ts` fills it in. */
export const reports: Reports = {
  printFailure: () => {},
  spawnSite: () => undefined,
  loopIsEmpty: () => false,
  watch: () => {},
};
