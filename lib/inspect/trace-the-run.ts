import { counted } from '../greenlet/shown.ts';
import { host } from '../hub/loop/host.ts';
import { type Recording, record } from './record.ts';

/** They end a program that does not handle them, without an event `exit`. */
const ENDING: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** Records until the program ends, and then writes the trace. After a crash or a signal that cannot be handled, there is no trace. */
export function traceTheRun(path: string): void {
  const recording = record();
  process.on('exit', () => write(recording, path));
  for (const signal of ENDING) beforeEnd(signal, () => write(recording, path));
}

/**
 * Calls `fn` before a signal ends the program. While the program itself listens to the signal, we do not: some programs end, as without
 * a listener, only if no other listener is there.
 */
function beforeEnd(signal: NodeJS.Signals, fn: () => void): void {
  const end = (): void => {
    fn();
    process.off(signal, end);
    process.kill(process.pid, signal);
  };
  const follow = (): void => {
    const listeners = process.listeners(signal);
    if (!listeners.includes(end)) {
      if (listeners.length === 0) process.on(signal, end);
    } else if (listeners.length > 1) process.off(signal, end);
  };
  // Later, because the last listener to leave would take the signal from the new one with it.
  process.on('newListener', (name, listener) => {
    if (name === signal && listener !== end) host.microtask(follow);
  });
  // At once, because the program may send itself the signal now.
  process.on('removeListener', (name, listener) => {
    if (name === signal && listener !== end) follow();
  });
  follow();
}

function write(recording: Recording, path: string): void {
  try {
    const trace = recording.stop();
    trace.write(path);
    const dropped = trace.dropped === 0 ? '' : `; the ${trace.dropped} before them are missing`;
    host.report(`greenhub: wrote ${counted(trace.events, 'event')} to ${path}${dropped}`);
  } catch (error) {
    host.report(`greenhub: cannot write the trace: ${(error as Error).message}`);
    host.failExitCode();
  }
}
