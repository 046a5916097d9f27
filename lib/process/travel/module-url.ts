import { isAbsolute } from 'node:path';
import { pathToFileURL } from 'node:url';
import { kindOf } from '../../hub/checks/kind-of.ts';

/**
 * The URL of a module.
 *
 * @throws TypeError for anything but a URL, the text of a `file:` URL and an absolute path
 */
export function moduleUrl(module: unknown, caller: string): string {
  if (module instanceof URL) return checkedScheme(module, caller);
  if (typeof module !== 'string') {
    throw new TypeError(`${caller} takes a module as a file: URL or an absolute path, not ${kindOf(module)}`);
  }
  if (/^(?:file|data):/i.test(module)) return checkedScheme(new URL(module), caller);
  if (isAbsolute(module)) return pathToFileURL(module).href;
  throw new TypeError(
    `${caller} takes a module as a file: URL or an absolute path, and ${shown(module)} is neither: ` +
      `write ${suggestion(module)}`,
  );
}

function checkedScheme(url: URL, caller: string): string {
  if (url.protocol === 'file:' || url.protocol === 'data:') return withoutNamespace(url);
  throw new TypeError(`${caller} takes a module as a file: URL, not as a ${url.protocol} URL`);
}

/** A module that tsx's `tsImport()` has loaded has its own copy of everything, and that copy is not in the other process. */
function withoutNamespace(url: URL): string {
  if (!url.searchParams.has('tsx-namespace')) return url.href;
  const plain = new URL(url);
  plain.searchParams.delete('tsx-namespace');
  return plain.href;
}

function suggestion(module: string): string {
  if (module === '') return 'import.meta.url';
  const isPackage = /^[@\w]/.test(module) && !/\.[cm]?[jt]sx?$/.test(module);
  if (isPackage) return `import.meta.resolve(${shown(module)})`;
  return `new URL(${shown(/^\.{0,2}[/\\]/.test(module) ? module : `./${module}`)}, import.meta.url)`;
}

function shown(module: string): string {
  return JSON.stringify(module.length > 100 ? `${module.slice(0, 100)}…` : module);
}
