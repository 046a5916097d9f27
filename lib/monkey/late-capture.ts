/**
 * The warning about what was taken before it could be patched.
 *
 * Named imports of ES modules are live, so that a patch reaches them however late it comes. What is too late for is a
 * function that somebody has put away: `const { setTimeout } = require('timers/promises')`. Where a variable holds it,
 * nobody can see that. Where a CommonJS module that is loaded already exports it, it can be seen, and only there is
 * there a warning: it names what is true and cannot be a false alarm. (gevent looks at the attributes of modules likewise.)
 */
// Not by name: people put an import of `createRequire` above what they bundle.
import * as nodeModule from 'node:module';
import { host } from '../hub/loop/host.ts';

/** What a patch has put in the place of what. */
export interface Captured {
  readonly module: string;
  readonly key: PropertyKey;
  readonly original: PropertyDescriptor | undefined;
}

/** No more than so many are named. */
const NAMED = 10;

const found = new Set<string>();
let warned = false;

/** Looks whether a loaded CommonJS module exports any of the functions that were replaced; warns of it once. */
export function noteCaptured(replaced: readonly Captured[]): void {
  if (warned) return;
  const originals = new Map<unknown, string>();
  for (const { module, key, original } of replaced) {
    if (typeof original?.value === 'function') originals.set(original.value, `${module}.${String(key)}`);
  }
  const before = found.size;
  // Any file will do, and in a CommonJS bundle this one has no URL.
  for (const module of Object.values(nodeModule.createRequire(process.execPath).cache)) {
    try {
      if (module !== undefined) lookThrough(module, originals);
    } catch {
      // What a module exports may be a proxy that does not like to be looked at.
    }
  }
  // All the patches that are installed now are to have one warning.
  if (before === 0 && found.size > 0) host.microtask(warn);
}

function lookThrough({ id, exports }: NodeJS.Module, originals: ReadonlyMap<unknown, string>): void {
  note(id, 'module.exports', originals.get(exports));
  if (typeof exports !== 'object' && typeof exports !== 'function') return;
  // Elements of binary data are no functions, and undici exports a buffer of 70,000 of them.
  if (exports === null || ArrayBuffer.isView(exports)) return;
  // Getters are left alone: to call one could load something.
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
    'these modules took what was patched before it was patched, and go on with the original, which no kill or time ' +
      `limit reaches:\n  ${names.slice(0, NAMED).join('\n  ')}${more}\n` +
      'Patch before they are loaded: node --import greenhub/monkey/register app.js',
    'MonkeyPatchWarning',
  );
}
