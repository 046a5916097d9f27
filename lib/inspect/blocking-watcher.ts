/**
 * The thread behind `watchBlocking()`. When the main thread has sent no beat for `threshold` milliseconds, this thread pauses it through
 * the inspector, makes it call the function that reports where it is, and lets it continue.
 */
import { Session } from 'node:inspector';
import { workerData } from 'node:worker_threads';
import { LOOKS, type WatchOrder, word } from './heartbeat.ts';

const { words, threshold, key } = workerData as WatchOrder;
let seen = Atomics.load(words, word.BEATS);
let since = performance.now();
/** The beat during which the main thread was stopped last. Each block is reported once. */
let reported: number | null = null;

setInterval(() => {
  const beat = Atomics.load(words, word.BEATS);
  const now = performance.now();
  if (beat !== seen) {
    seen = beat;
    since = now;
  } else if (now - since >= threshold && beat !== reported && Atomics.load(words, word.IS_DEBUGGED) === 0) {
    reported = beat;
    interrupt(beat, now - since);
  }
}, threshold / LOOKS);

/** Stops the main thread, and makes it report. It reports nothing if it has beaten meanwhile. */
function interrupt(beat: number, ms: number): void {
  const session = new Session();
  session.connectToMainThread();
  session.once('Debugger.paused', () => {
    // In the global scope: where it has stopped, `globalThis` and `Symbol` may be names of something else, also in Node's own code.
    const expression = `globalThis[Symbol.for(${JSON.stringify(key)})]?.(${beat}, ${ms})`;
    session.post('Runtime.evaluate', { expression, silent: true }, () => {
      // This lets the main thread continue. If it continued before, it could end, and wait for us to disconnect.
      session.disconnect();
    });
  });
  session.post('Debugger.enable');
  session.post('Debugger.pause');
}
