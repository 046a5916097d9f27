/**
 * Connects the hub to its process: the empty event loop, the environment, `AsyncLocalStorage`, and the command `greenhub`, which looks
 * into programs. Each entry point for processes calls `plugInProcess()`. `lib/browser.ts` does not, so a bundle for browsers contains
 * nothing of this file.
 */
import { followAsyncContext } from '../loop/async-context.ts';
import { host } from '../loop/host.ts';
import { isOn, onLoopEmpty } from '../loop/host-process.ts';
import { hub } from '../loop/hub.ts';
import { reports } from '../loop/reports.ts';
import { loadInspection, offerInspection } from './load-inspection.ts';
import { plugInChecks } from './plug-in.ts';

let isPluggedIn = false;

/** Connects the hub to its process. A second call does nothing: a program may load several entry points. */
export function plugInProcess(): void {
  if (isPluggedIn) return;
  isPluggedIn = true;
  plugInChecks();
  followAsyncContext();
  onLoopEmpty(() => {
    const woken = reports.loopIsEmpty();
    // The woken greenlets may end without new work. The host reports an empty loop again only after the loop has turned.
    if (woken) host.nextTurn(() => {});
    return woken;
  });
  offerInspection();
  if (isOn('GREENHUB_DEBUG')) {
    hub.debug = true;
    hub.captureSpawnSites = true;
  }
  if (isOn('GREENHUB_DUMP') || isOn('GREENHUB_DEBUG') || isOn('GREENHUB_INSPECT')) loadInspection();
}
