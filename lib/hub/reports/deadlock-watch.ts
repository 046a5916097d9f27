/**
 * Looks for deadlocks where the host does not report an empty event loop: after a second in which no greenlet has run, and nothing is
 * left but greenlets that wait for each other. In debug mode only, because code outside greenlets may still wake one of them.
 */
import { type HostTimer, host } from '../loop/host.ts';
import { hub } from '../loop/hub.ts';

/** How long no greenlet runs before they count as blocked for ever, in milliseconds. */
const PATIENCE = 1_000;

let timer: HostTimer | null = null;

/** Begins or stops to look. Does nothing where the host itself reports an empty event loop. */
export function watchDeadlocks(on: boolean): void {
  if (host.tellsEmptyLoop) return;
  if (on) hub.afterDrain.add(waitForNothing);
  else hub.afterDrain.delete(waitForNothing);
}

function waitForNothing(): void {
  if (timer !== null) host.stopTimer(timer);
  timer = null;
  if (!hub.idle) return;
  const { resumes } = hub;
  timer = host.startTimer(() => {
    timer = null;
    if (hub.resumes === resumes) hub.checkDeadlock();
  }, PATIENCE);
}
