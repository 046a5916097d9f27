import { host } from '../hub/loop/host.ts';
import { type Recording, record } from './record.ts';

/** They end a program that does not handle them, without an event `exit`. */
const ENDING: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** Records until the program ends, and then writes the trace. After a crash or a signal that cannot be handled, there is no trace. */
export function traceTheRun(path: string): void {
  const recording = record();
  process.on('exit', () => write(recording, path));
  for (const signal of ENDING) {
    const end = (): void => {
      // If another listener does not end the program, it runs on.
      if (process.listenerCount(signal) > 1) return;
      write(recording, path);
      process.off(signal, end);
      process.kill(process.pid, signal);
    };
    process.on(signal, end);
  }
}

function write(recording: Recording, path: string): void {
  try {
    const trace = recording.stop();
    trace.write(path);
    const dropped = trace.dropped === 0 ? '' : `; the ${trace.dropped} before them are missing`;
    host.report(`greenhub: wrote ${trace.events} events to ${path}${dropped}`);
  } catch (error) {
    host.report(`greenhub: cannot write the trace: ${(error as Error).message}`);
    host.failExitCode();
  }
}
