import { syncBuiltinESMExports } from 'node:module';
import timersPromises, { setTimeout as namedImport } from 'node:timers/promises';
import { noteCaptured } from './late-capture.ts';
import { install, type Patch, type Replace } from './patches.ts';
import { noteLeft } from './unpatchable.ts';

/** Installs a patch of Node's modules. Named imports of the modules see it too. Functions that were captured before cause a warning. */
export function installInNode(patch: Patch, apply: (replace: Replace) => void): void {
  try {
    noteCaptured(install(patch, apply));
  } finally {
    syncBuiltinESMExports();
  }
  lookAtNamedImports();
}

let isLooking = false;

/**
 * Notes if named imports of Node's modules do not see the patches. In Node they do, so it does not look there.
 */
function lookAtNamedImports(): void {
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
    noteLeft("named imports of Node's modules (import the default: import timers from 'node:timers/promises')");
}
