import type { TimeoutOption } from '../checks/checks.ts';
import type { OptionNames } from '../checks/options.ts';

/** The options of a kill: the error to raise, and how long to wait for the end. */
export interface KillOptions extends TimeoutOption {
  /** The error to raise in the greenlet. The default is a new GreenletExit. */
  reason?: unknown;
}

export const KILL_OPTIONS: OptionNames<KillOptions> = { timeout: 'number', reason: 'any' };
