import { PatchList } from '../patch-list.ts';
import { patchPromise } from '../promise.ts';
import { patchFetch } from './fetch.ts';
import { patchIndexedDb } from './indexed-db.ts';
import { patchStreams } from './streams.ts';
import { patchTimers } from './timers.ts';

/** The patches of a browser, by name, in the order in which `patchAll()` installs them. */
export const PATCHES = {
  promise: patchPromise,
  fetch: patchFetch,
  timers: patchTimers,
  streams: patchStreams,
  indexedDb: patchIndexedDb,
};

const list = /* @__PURE__ */ new PatchList(PATCHES);

/** The name of a patch, such as `'fetch'` for `patchFetch()`. */
export type PatchName = keyof typeof PATCHES;

/** Options of `patchAll()`: it leaves out the patches that are false. */
export type PatchOptions = { [name in PatchName]?: boolean | undefined };

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
 * isPatched('fetch');
 */
export function isPatched(name: PatchName): boolean {
  return list.isInstalled(name);
}
