/**
 * `node --import greenhub/monkey/register app.js` patches before the app loads. The environment variable GREENHUB_PATCH
 * selects patches by the names of `isPatched()`: `GREENHUB_PATCH=fetch,timers`. If it is unset or empty, all are
 * installed. An unknown name throws, so that the app does not start without a patch that you asked for.
 */
import { checkPatchName, type PatchOptions, patchAll, patchNames } from './all-patches.ts';

patchAll(chosen(process.env.GREENHUB_PATCH ?? ''));

/** @throws TypeError if a name is not the name of a patch */
function chosen(list: string): PatchOptions {
  const names = list
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  for (const name of names) checkChoice(name);
  if (names.length === 0) return {};
  return Object.fromEntries(patchNames().map((name) => [name, names.includes(name)]));
}

function checkChoice(name: string): void {
  try {
    checkPatchName(name);
  } catch (error) {
    throw new TypeError(`the environment variable GREENHUB_PATCH is invalid: ${(error as Error).message}`);
  }
}
