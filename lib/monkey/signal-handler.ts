import { constants } from 'node:os';
import { checkedFunction } from '../hub/checks/checks.ts';
import { handleSignal } from '../hub/loop/host-process.ts';
import { spawn } from '../hub/tasks/spawn.ts';
import { safeText } from '../net/safe-text.ts';

/** An installed signal handler. */
export interface SignalHandle extends Disposable {
  readonly signal: NodeJS.Signals;
  /** Removes the handler. Its greenlets continue. If no handler is left, the signal's default action is restored. */
  cancel(): void;
}

/**
 * Runs a function as a greenlet each time the process receives a signal. While a handler is installed, the signal's
 * default action does not happen. All handlers of a signal run. A handler does not keep the process alive.
 *
 * Your handler replaces the handling of `run()` for that signal. So a handler for SIGINT or SIGTERM that should end the
 * program must kill its greenlets.
 *
 * @param signal the name of the signal, such as `SIGHUP`
 * @param fn usually a generator function; its errors go to `hub.handleError`
 * @param args the arguments of `fn`
 * @returns a handle that removes the handler, by `cancel()` or at the end of a block with `using`
 * @throws TypeError if `signal` is not a signal's name or `fn` is not a function; Node's EINVAL for SIGKILL and
 *   SIGSTOP, which cannot be handled
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
    throw new TypeError(`signalHandler() takes the name of a signal, such as 'SIGHUP', not ${safeText(signal)}`);
  }
  checkedFunction(fn, 'signalHandler()');
  const listener = (): void => void spawn(fn, ...args);
  process.on(signal, listener);
  const leaveToRun = handleSignal(signal);
  const cancel = (): void => {
    process.off(signal, listener);
    leaveToRun();
  };
  return { signal, cancel, [Symbol.dispose]: cancel };
}
