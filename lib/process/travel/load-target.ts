import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { duringImport } from './importing.ts';
import { functionAt, type Place } from './remote.ts';
import { importTypescript } from './typescript.ts';

/**
 * Imports the module of a place, and returns its export.
 *
 * @throws Error if there is no such module or export, or if this Node cannot run its TypeScript; also what the module throws
 */
export async function loadTarget(place: Place): Promise<unknown> {
  const namespace = await importModule(place);
  const found = exportOf(namespace, place.export);
  if (found === undefined) throw noSuchExport(place, namespace);
  const meant = functionAt(place);
  if (meant !== undefined && meant !== found.value) {
    throw new Error(
      `"${place.export}" of ${place.module} is not the function of remote(import.meta.url, '${place.export}', …): ` +
        'give remote() the name under which the function is exported',
    );
  }
  return found.value;
}

async function importModule(place: Place): Promise<object> {
  try {
    return await duringImport(() => importTypescript(place.module));
  } catch (error) {
    if (!isMissing(place.module)) throw error;
    throw new Error(`the module ${place.module} of the target "${place.export}" does not exist`, { cause: error });
  }
}

function isMissing(module: string): boolean {
  return module.startsWith('file:') && !existsSync(fileURLToPath(module));
}

/**
 * Node does not find every named export of a CommonJS module. Those that it misses are properties of the default export, and so
 * is `default` itself if the module was compiled from an ES module.
 */
function exportOf(namespace: object, name: string): { value: unknown } | undefined {
  const inner = (namespace as { default?: unknown }).default;
  const holders = isObject(inner) && Object.hasOwn(inner, '__esModule') ? [inner, namespace] : [namespace, inner];
  for (const holder of holders) {
    if (isObject(holder) && Object.hasOwn(holder, name)) return { value: (holder as Record<string, unknown>)[name] };
  }
  return undefined;
}

function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

function noSuchExport({ module, export: name }: Place, namespace: object): Error {
  const names = Object.keys(namespace).filter((each) => each !== 'module.exports');
  const exported = names.length === 0 ? 'nothing' : names.slice(0, 10).join(', ') + (names.length > 10 ? ', …' : '');
  return new Error(`the module ${module} has no export "${name}": it exports ${exported}`);
}
