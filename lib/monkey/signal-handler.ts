import { constants } from 'node:os';
import { checkedFunction } from '../hub/checks/checks.ts';
import { host } from '../hub/loop/host.ts';
import { spawn } from '../hub/tasks/greenlet.ts';
import { shown } from '../net/shown.ts';

/** A handler that is installed. */
export interface SignalHandle extends Disposable {
  readonly signal: NodeJS.Signals;
  /** Takes it away; a greenlet that it has spawned goes on. The signal's default action is back if no other handler is left. */
  cancel(): void;
}

/**
 * Has a function run as a greenlet each time the process receives a signal. While a handler is installed the signal's
 * default action does not happen, and several handlers of a signal all run. A handler does not keep the process alive.
 *
 * Whoever handles a signal answers for all of it: `run()` leaves it alone while there is a handler, so that one for SIGINT
 * or SIGTERM that is to end the program kills what is to end.
 *
 * @param signal its name, as `SIGHUP`
 * @param fn usually a generator function; its error goes to `hub.handleError`
 * @param args what it is called with
 * @returns the handle that takes the handler away; with `using` the end of the block does
 * @throws TypeError for what is no signal's name or no function; Node's own EINVAL for SIGKILL and SIGSTOP, which cannot be
 *   handled
 *
 * @example
 * signalHandler('SIGHUP', function* () {
 *   yield* settings.reload();
 * });
 */
export function signalHandler<A extends unknown[]>(
  signal: NodeJS.Signals,
  fn: (...args: A) => unknown,
  ...args: A
): SignalHandle {
  if (!Object.hasOwn(constants.signals, signal)) {
    throw new TypeError(`signalHandler() takes a signal's name, such as 'SIGHUP', not ${shown(signal)}`);
  }
  checkedFunction(fn, 'signalHandler()');
  const listener = (): void => void spawn(fn, ...args);
  process.on(signal, listener);
  const leaveToRun = host.handleSignal(signal);
  const cancel = (): void => {
    process.off(signal, listener);
    leaveToRun();
  };
  return { signal, cancel, [Symbol.dispose]: cancel };
}
