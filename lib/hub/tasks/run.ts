import { GreenletExit, isA } from '../../greenlet/errors.ts';
import { checkedFunction } from '../checks/checks.ts';
import { host, type ProcessSignal } from '../loop/host.ts';
import { getHub } from '../loop/hub.ts';
import { Greenlet, type Spawned } from './greenlet.ts';
import { spawn } from './spawn.ts';

/** 128 plus the signal's number, as shells have it. */
const EXIT_CODES: Readonly<Record<ProcessSignal, number>> = { SIGINT: 130, SIGTERM: 143 };

/**
 * The entry point of a script: runs `main` as a greenlet and makes the process behave. SIGINT and SIGTERM kill it, so
 * that its cleanup runs, and once it has ended whatever other greenlets are left, so that the process can end; a second
 * signal acts as it would without `run()`. A signal that `signalHandler()` of greenhub/monkey has a handler for is left to that.
 *
 * @param main usually a generator function
 * @param args what it is called with
 * @returns a promise for what `main` returns. It is rejected with what `main` throws (its GreenletExit after a signal),
 *   and the process' exit code is set: 1 for an error, 130 after SIGINT, 143 after SIGTERM. A script that does not await
 *   it ends after a signal without a word; one that does may catch the GreenletExit. An error of the cleanup after a
 *   signal also goes to `hub.handleError`
 * @throws TypeError when `main` is not a function
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
  const stopListening = (['SIGINT', 'SIGTERM'] as const).map((signal) =>
    host.onSignal(signal, () => {
      if (host.handlesSignal(signal)) return;
      received ??= signal;
      for (const stop of stopListening) stop();
      // The exit code tells it; a script that does not await run() is not to crash of it as well.
      ended.catch(() => {});
      greenlet.kill({ reason: new GreenletExit(`the process received ${signal}`) });
    }),
  );
  const end = async (): Promise<Spawned<R>> => {
    try {
      return await greenlet;
    } catch (error) {
      host.setExitCode(1);
      // After a signal nobody handles the rejection, so an error of the cleanup would go unseen.
      if (received !== null && !isA(error, GreenletExit)) getHub().tell(greenlet, error);
      throw error;
    } finally {
      for (const stop of stopListening) stop();
      if (received !== null) {
        host.insistOnExitCode(EXIT_CODES[received]);
        for (const other of [...getHub().living()]) if (other instanceof Greenlet) other.kill();
      }
    }
  };
  const ended = end();
  return ended;
}
