import { kernel } from '../../greenlet/kernel.ts';
import { withStackTraceLimit } from '../../greenlet/stack-trace-limit.ts';

/** Enough to find the call. More frames would cost more than the call itself. */
const FRAMES = 5;

/** Where a call was made. The stack is put into words only when it is read. */
export interface Caller {
  readonly stack: string;
}

/**
 * The place of a call in code outside of greenlets; null in a greenlet, whose frames an error gets when it is raised there.
 *
 * @param below the frames of this function and those above it are left out
 */
export function callerOf(below: (...args: never[]) => unknown): Caller | null {
  return kernel.current === kernel.main ? withStackTraceLimit(FRAMES, () => capture(below)) : null;
}

function capture(below: (...args: never[]) => unknown): Caller {
  const caller = { stack: '' };
  Error.captureStackTrace(caller, below);
  return caller;
}
