import { GreenletExit, isA } from '../../greenlet/errors.ts';
import type { Coroutine } from '../../greenlet/operation.ts';
import { checkedFunction } from '../checks/checks.ts';
import { insistOnExitCode, type ProcessSignal, setExitCode } from '../loop/host-process.ts';
import { hub } from '../loop/hub.ts';
import { onEndSignal } from './end-signal.ts';
import { Greenlet, type Spawned } from './greenlet.ts';
import { helper } from './helper.ts';
import { spawn } from './spawn.ts';

/** 128 plus the number of the signal, as in shells. */
const EXIT_CODES: Readonly<Record<ProcessSignal, number>> = { SIGINT: 130, SIGTERM: 143 };

/** Each closes something that would keep the process alive. */
const closers = new Set<() => void>();
/** True once a signal has ended `main`. */
let isEnding = false;

/**
 * Calls `close` once a signal has ended all greenlets, or at once if one has ended `main` already.
 *
 * @returns a function that takes that back
 */
export function closeAfterSignal(close: () => void): () => void {
  if (isEnding) close();
  else closers.add(close);
  return () => void closers.delete(close);
}

/**
 * The entry point of a script. Runs `main` as a greenlet, and handles signals. SIGINT and SIGTERM kill `main`, so that its cleanup
 * runs; once `main` has ended, they kill the other greenlets too, so that the process can end. A second signal has its usual
 * effect. A signal with a handler set by `signalHandler()` of greenhub/monkey is left to that handler.
 *
 * @param main usually a generator function
 * @param args the arguments of `main`
 * @returns a promise for the result of `main`. It is rejected with the error of `main` (after a signal, its GreenletExit), and the
 *   exit code of the process is set: 1 for an error, 130 after SIGINT, 143 after SIGTERM. After a signal, a script that does not
 *   await the promise ends silently; a script that awaits it may catch the GreenletExit. If the cleanup fails after a signal, its
 *   error also goes to `hub.handleError`
 * @throws TypeError if `main` is not a function
 *
 * @example
 * run(function* main() {
 *   const jobs = urls.map((url) => spawn(scrape, url));
 *   try { yield* joinall(jobs); } finally { yield* shield(() => save(results)); }
 * });
 */
export function run<A extends unknown[], R>(main: (...args: A) => R, ...args: A): Promise<Spawned<R>> {
  checkedFunction(main, 'run()');
  const greenlet = spawn(main, ...args);
  let received: ProcessSignal | null = null;
  const stopListening = onEndSignal((signal) => {
    received = signal;
    // The exit code reports the signal. A script that does not await run() must not crash as well.
    ended.catch(() => {});
    greenlet.kill({ reason: new GreenletExit(`the process received ${signal}`) });
  });
  const end = async (): Promise<Spawned<R>> => {
    try {
      return await greenlet;
    } catch (error) {
      setExitCode(1);
      // After a signal the rejection counts as handled, so an error of the cleanup would go unnoticed.
      if (received !== null && !isA(error, GreenletExit)) hub.tell(greenlet, error);
      throw error;
    } finally {
      stopListening();
      if (received !== null) {
        insistOnExitCode(EXIT_CODES[received]);
        const others = [...hub.living()].filter((other): other is Greenlet => other instanceof Greenlet);
        for (const other of others) other.kill();
        isEnding = true;
        if (closers.size > 0) spawn(closeAll, others);
      }
    }
  };
  const ended = end();
  return ended;
}

const closeAll = /* @__PURE__ */ helper(function* (others: readonly Greenlet[]): Coroutine<void> {
  for (const other of others) yield* other.join();
  for (const close of [...closers]) close();
});
