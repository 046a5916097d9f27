/**
 * The warning about what cannot be patched here. The Node layers of other runtimes lack some functions, or do not let them be
 * replaced. A patch leaves these as they are and installs the rest.
 */
import { syncBuiltinESMExports } from 'node:module';
import timersPromises, { setTimeout as namedImport } from 'node:timers/promises';
import { host } from '../hub/loop/host.ts';

const left = new Set<string>();
let isLooking = false;

/** Notes a property that a patch has left as it is. One warning names all that are noted in this turn. */
export function noteUnpatchable(module: string, name: PropertyKey): void {
  note(`${module}.${String(name)}`);
}

/**
 * Notes if named imports of Node's modules do not see the patches. In Node they do, so it does not look there.
 */
export function lookAtNamedImports(): void {
  if (isLooking || (process.versions.deno ?? process.versions.bun) === undefined) return;
  isLooking = true;
  const { setTimeout: original } = timersPromises;
  const probe = (() => {}) as unknown as typeof original;
  timersPromises.setTimeout = probe;
  syncBuiltinESMExports();
  const isRebound = namedImport === probe;
  timersPromises.setTimeout = original;
  syncBuiltinESMExports();
  if (!isRebound)
    note("named imports of Node's modules (import the default: import timers from 'node:timers/promises')");
}

function note(what: string): void {
  if (left.size === 0) host.microtask(warn);
  left.add(what);
}

function warn(): void {
  process.emitWarning(`this runtime does not let these be patched: ${[...left].join(', ')}`, 'MonkeyPatchWarning');
}
