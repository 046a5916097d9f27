/**
 * The warning about functions that were captured before they were patched.
 *
 * A patch always reaches named imports of ES modules, because they are live. It does not reach a function in a
 * variable: `const { setTimeout } = require('timers/promises')`. Such variables cannot be found, but exports of loaded
 * CommonJS modules can. The warning covers only these, so it is never a false alarm. (gevent checks module attributes
 * in this way.)
 */
// A namespace import, because bundles often begin with their own import of `createRequire`.
import * as nodeModule from 'node:module';
import { host } from '../hub/loop/host.ts';

/** One function that a patch has replaced. */
export interface Captured {
  readonly module: string;
  readonly key: PropertyKey;
  readonly original: PropertyDescriptor | undefined;
}

/** The largest number of captured functions that the warning lists. */
const NAMED = 10;

const found = new Set<string>();
let warned = false;

/** Warns once if a loaded CommonJS module exports any of the original functions. */
export function noteCaptured(replaced: readonly Captured[]): void {
  if (warned) return;
  const originals = new Map<unknown, string>();
  for (const { module, key, original } of replaced) {
    if (typeof original?.value === 'function') originals.set(original.value, `${module}.${String(key)}`);
  }
  const before = found.size;
  // Any path works here. In a CommonJS bundle, this file has no URL.
  for (const module of Object.values(nodeModule.createRequire(process.execPath).cache)) {
    try {
      if (module !== undefined) lookThrough(module, originals);
    } catch {
      // The exports may be a proxy that throws.
    }
  }
  // Warn later, so that all patches that are installed now share one warning.
  if (before === 0 && found.size > 0) host.microtask(warn);
}

function lookThrough({ id, exports }: NodeJS.Module, originals: ReadonlyMap<unknown, string>): void {
  note(id, 'module.exports', originals.get(exports));
  if (typeof exports !== 'object' && typeof exports !== 'function') return;
  // Skip binary data, which contains no functions. undici exports a buffer of 70,000 elements.
  if (exports === null || ArrayBuffer.isView(exports)) return;
  // Do not call getters, which might load something.
  for (const [name, property] of Object.entries(Object.getOwnPropertyDescriptors(exports))) {
    note(id, `exports.${name}`, originals.get((property as PropertyDescriptor).value));
  }
}

function note(id: string, where: string, original: string | undefined): void {
  if (original !== undefined) found.add(`${original} as ${where} of ${id}`);
}

function warn(): void {
  warned = true;
  const names = [...found];
  const more = names.length > NAMED ? `\n  and ${names.length - NAMED} more` : '';
  process.emitWarning(
    'these modules were loaded before the patch and still use the original functions, which a kill or a timeout cannot ' +
      `stop:\n  ${names.slice(0, NAMED).join('\n  ')}${more}\n` +
      'Patch before you load them: node --import greenhub/monkey/register app.js',
    'MonkeyPatchWarning',
  );
}
