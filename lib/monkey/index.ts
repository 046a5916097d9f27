import { checkedOptions, type OptionNames } from '../hub/checks/options.ts';
import { patchChildProcess } from './child-process.ts';
import { patchDns } from './dns.ts';
import { patchEvents } from './events.ts';
import { patchFetch } from './fetch.ts';
import type { PatchName } from './patches.ts';
import { patchPromise } from './promise.ts';
import { patchSocket } from './socket.ts';
import { patchTimers } from './timers.ts';

export {
  type ChildMethods,
  type Command,
  type CommunicateOptions,
  type Communication,
  type ExitStatus,
  type Output,
  type OutputTimeout,
  patchChildProcess,
} from './child-process.ts';
export { patchDns } from './dns.ts';
export { patchEvents } from './events.ts';
export { patchFetch } from './fetch.ts';
export { getOriginal, isPatched, type PatchName, unpatchAll } from './patches.ts';
export { patchPromise } from './promise.ts';
export { type SignalHandle, signalHandler } from './signal-handler.ts';
export {
  type BodyMethods,
  type DatagramMethods,
  patchSocket,
  type ReadMethods,
  type SendMethods,
  type ServerMethods,
} from './socket.ts';
export { patchTimers } from './timers.ts';

/** Which patches `patchAll()` leaves out: those that are false. */
export type PatchOptions = { [name in PatchName]?: boolean };

const PATCH_OPTIONS: OptionNames<PatchOptions> = {
  promise: 'boolean',
  fetch: 'boolean',
  timers: 'boolean',
  socket: 'boolean',
  dns: 'boolean',
  childProcess: 'boolean',
  events: 'boolean',
};

const PATCHES: Record<PatchName, () => void> = {
  promise: patchPromise,
  fetch: patchFetch,
  timers: patchTimers,
  socket: patchSocket,
  dns: patchDns,
  childProcess: patchChildProcess,
  events: patchEvents,
};

/**
 * Installs all patches, or all but some. Each is installed once, however often this is called.
 *
 * @param options patches to leave out
 * @throws TypeError for a name that is no patch
 *
 * @example
 * patchAll();
 * patchAll({ timers: false });
 */
export function patchAll(options: PatchOptions = {}): void {
  checkedOptions(options, PATCH_OPTIONS, 'patchAll()');
  for (const [name, patch] of Object.entries(PATCHES)) {
    if (options[name as PatchName] !== false) patch();
  }
}
