/**
 * Records all patches. Each patch replaces properties through `replace()`, which keeps the originals, so that every
 * patch can be undone and every original can be reached.
 */
import { safeText } from '../net/safe-text.ts';
import { builtinModule } from './builtin-module.ts';
import { noteUnpatchable } from './unpatchable.ts';

/** The function that installs a patch identifies the patch here. The names are in `all-patches.ts`. */
export type Patch = () => void;

/** One property that was replaced. */
export interface Replacement {
  readonly module: string;
  readonly holder: object;
  readonly key: PropertyKey;
  readonly original: PropertyDescriptor | undefined;
}

const installed = new Map<Patch, Replacement[]>();

/** Replaces one property. `module` is the name under which `getOriginal()` finds the original. */
export type Replace = (module: string, holder: object, key: PropertyKey, replacement: PropertyDescriptor) => void;

/**
 * Installs a patch completely or not at all, unless it is installed already. What the runtime does not let us replace is left
 * as it is, with a warning. A patch of Node's modules calls `installInNode()` instead.
 *
 * @returns what was replaced
 */
export function install(patch: Patch, apply: (replace: Replace) => void): readonly Replacement[] {
  if (installed.has(patch)) return [];
  const replacements: Replacement[] = [];
  try {
    apply((module, holder, key, replacement) => {
      const original = Object.getOwnPropertyDescriptor(holder, key);
      if (original?.configurable === false) {
        noteUnpatchable(module, key);
        return;
      }
      replacements.push({ module, holder, key, original });
      Object.defineProperty(holder, key, { configurable: true, ...replacement });
    });
    installed.set(patch, replacements);
  } catch (error) {
    putBack(replacements);
    throw error;
  }
  return replacements;
}

/** Lets named imports of Node's modules see a change. */
function updateNamedImports(): void {
  builtinModule<typeof import('node:module')>('module')?.syncBuiltinESMExports();
}

function putBack(replacements: Replacement[]): void {
  for (const { holder, key, original } of replacements.reverse()) {
    if (original === undefined) Reflect.deleteProperty(holder, key);
    else Object.defineProperty(holder, key, original);
  }
}

export function isInstalled(patch: Patch): boolean {
  return installed.has(patch);
}

/** Removes one patch, if it is installed. */
export function uninstall(patch: Patch): void {
  putBack(installed.get(patch) ?? []);
  installed.delete(patch);
  updateNamedImports();
}

/**
 * Removes all patches.
 *
 * @example
 * patchAll();
 * unpatchAll();
 * isPatched('fetch'); // false
 */
export function unpatchAll(): void {
  for (const replacements of [...installed.values()].reverse()) putBack(replacements);
  installed.clear();
  updateNamedImports();
}

/**
 * Returns the original of a patched property, or its present value if it is not patched.
 *
 * @param module a module of Node, with or without `node:`, or `globalThis`
 * @param name the name of the property
 * @throws TypeError if there is no such module or property
 *
 * @example
 * const setTimeout = getOriginal<typeof globalThis.setTimeout>('timers', 'setTimeout');
 */
export function getOriginal<T = unknown>(module: string, name: string): T {
  const plain = module.replace(/^node:/, '');
  for (const replacements of installed.values()) {
    for (const replacement of replacements) {
      if (replacement.module === plain && replacement.key === name) {
        const { original, holder } = replacement;
        return (original?.get === undefined ? original?.value : original.get.call(holder)) as T;
      }
    }
  }
  const holder = plain === 'globalThis' ? globalThis : builtinModule<object>(plain);
  if (holder === undefined) throw new TypeError(`there is no module called ${safeText(module)} here`);
  if (!(name in holder)) throw new TypeError(`${module} has no ${safeText(name)}`);
  return (holder as Record<string, unknown>)[name] as T;
}
