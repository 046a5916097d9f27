import { patchChildProcess } from './child-process.ts';
import { patchDns } from './dns.ts';
import { patchEvents } from './events.ts';
import { patchFetch } from './fetch.ts';
import { PatchList } from './patch-list.ts';
import { patchPromise } from './promise.ts';
import { patchSocket } from './socket.ts';
import { patchTimers } from './timers.ts';

/**
 * All patches by name, in the order in which `patchAll()` installs them. To add a patch, write it in its own file, add
 * it here, and export it in `index.ts`. The names, their types, `patchAll()`, `isPatched()` and the register entry
 * follow from this list. `all-patches.test.ts` fails until the tests and the documentation include it too.
 */
export const PATCHES = {
  promise: patchPromise,
  fetch: patchFetch,
  timers: patchTimers,
  socket: patchSocket,
  dns: patchDns,
  childProcess: patchChildProcess,
  events: patchEvents,
};

const list = new PatchList(PATCHES);

/** The name of a patch, such as `'dns'` for `patchDns()`. */
export type PatchName = keyof typeof PATCHES;

/** Options of `patchAll()`: it leaves out the patches that are false. */
export type PatchOptions = { [name in PatchName]?: boolean | undefined };

/** The names of all patches. */
export function patchNames(): PatchName[] {
  return list.names;
}

/**
 * Installs every patch except those that are false in the options. Each patch is installed once, however often you call
 * this.
 *
 * @param options patches to leave out
 * @throws TypeError if a name is not the name of a patch
 *
 * @example
 * patchAll();
 * patchAll({ timers: false });
 */
export function patchAll(options: PatchOptions = {}): void {
  list.install(options);
}

/**
 * Returns whether a patch is installed.
 *
 * @param name the name of the patch
 * @throws TypeError if there is no such patch
 *
 * @example
 * isPatched('dns');
 */
export function isPatched(name: PatchName): boolean {
  return list.isInstalled(name);
}

/** @throws TypeError if there is no such patch */
export function checkPatchName(name: string): asserts name is PatchName {
  list.checkName(name);
}
