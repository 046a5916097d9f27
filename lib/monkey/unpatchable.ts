/**
 * The warning about what cannot be patched here. The Node layers of other runtimes lack some functions, or do not let them be
 * replaced. A patch leaves these as they are and installs the rest.
 */
import { host, hostProcess } from '../hub/loop/host.ts';

const left = new Set<string>();

/** Notes a property that a patch has left as it is. One warning names all that are noted in this turn. */
export function noteUnpatchable(module: string, name: PropertyKey): void {
  noteLeft(`${module}.${String(name)}`);
}

/** Notes something else that the patches cannot reach. */
export function noteLeft(what: string): void {
  if (left.size === 0) host.microtask(warn);
  left.add(what);
}

function warn(): void {
  const text = `this runtime does not let these be patched: ${[...left].join(', ')}`;
  if (hostProcess?.emitWarning === undefined) console.warn(`MonkeyPatchWarning: ${text}`);
  else hostProcess.emitWarning(text, 'MonkeyPatchWarning');
}
