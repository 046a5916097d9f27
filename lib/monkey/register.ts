/**
 * `node --import greenhub/monkey/register app.js` patches before the app loads. The environment variable GREENHUB_PATCH
 * says what, by the names of `isPatched()`: `GREENHUB_PATCH=fetch,timers`. Unset or empty it means all. A name that it
 * should not have throws, so that the app does not start without a patch that was asked for.
 */
import { checkPatchName, type PatchOptions, patchAll, patchNames } from './all-patches.ts';

patchAll(chosen(process.env.GREENHUB_PATCH ?? ''));

/** @throws TypeError for what is no patch's name */
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
    throw new TypeError(`the environment variable GREENHUB_PATCH is wrong: ${(error as Error).message}`);
  }
}
