import { isA } from '../greenlet/errors.ts';
import { LoopExit } from '../hub/loop/errors.ts';
import { hub } from '../hub/loop/hub.ts';
import { printRunInfo } from './run-info.ts';

/** Prints what runs whenever the process gets a SIGQUIT, which would end it otherwise. Windows has no such signal. */
export function dumpOnQuit(): void {
  if (process.platform !== 'win32') process.on('SIGQUIT', () => printRunInfo());
}

/** Prints what runs before a deadlock is reported, and before an uncaught error ends the process. */
export function dumpOnFailure(): void {
  hub.onDeadlock = printRunInfo;
  process.on('uncaughtExceptionMonitor', (error) => {
    // It was printed when the deadlock was found.
    if (!isA(error, LoopExit)) printRunInfo();
  });
}
