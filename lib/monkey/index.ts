import { patchFetch } from './fetch.ts';
import { patchPromise } from './promise.ts';
import { patchTimers } from './timers.ts';

export { patchFetch } from './fetch.ts';
export { getOriginal, isPatched, type PatchName, unpatchAll } from './patches.ts';
export { patchPromise } from './promise.ts';
export { patchTimers } from './timers.ts';

/** Which patches `patchAll()` leaves out: those that are false. */
export interface PatchOptions {
  promise?: boolean;
  fetch?: boolean;
  timers?: boolean;
}

const PATCHES = { promise: patchPromise, fetch: patchFetch, timers: patchTimers };

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
  for (const name of Object.keys(options)) {
    if (!Object.hasOwn(PATCHES, name))
      throw new TypeError(`there is no patch called ${name}: there are ${Object.keys(PATCHES).join(', ')}`);
  }
  for (const [name, patch] of Object.entries(PATCHES)) {
    if (options[name as keyof PatchOptions] !== false) patch();
  }
}
