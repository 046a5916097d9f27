/** `greenhub run` loads this module before the program. */
import { isMainThread } from 'node:worker_threads';
import { door } from './door.ts';
import './register.ts';
import { takeSettings } from './run-settings.ts';
import { serveTheRun } from './serve-the-run.ts';
import { traceTheRun } from './trace-the-run.ts';
import { watchBlocking } from './watch-blocking.ts';

// The threads of the program load what the program has loaded first, too.
if (isMainThread) {
  const { blocking, trace, console, runner } = takeSettings();
  door.runner = runner;
  if (trace !== null) traceTheRun(trace);
  // The program begins when its console is there, because the first thing that it does may block the event loop.
  if (console !== null) await serveTheRun(console);
  if (blocking !== null) watchBlocking({ threshold: blocking });
}
