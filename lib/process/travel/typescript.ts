/**
 * Imports modules that may be TypeScript. Newer versions of Node run most of it. For the rest we use tsx, if the program has
 * it: its `register()`, because `tsImport()` would load every module again, greenhub and its hub included.
 */

import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { isMainThread } from 'node:worker_threads';

const TYPESCRIPT = /\.[cm]?tsx?$/;

let registered: Promise<boolean> | null = null;

export async function importTypescript(url: string): Promise<object> {
  // A Node without types remembers that an import has failed. So tsx must come first there.
  if (!stripsTypes() && !hasTsx() && (isTypescript(url) || isProgramOfTsx())) {
    const isReady = await registerTsx(url);
    if (!isReady && isTypescript(url)) throw cannotRun(url);
  }
  try {
    return await import(url);
  } catch (error) {
    if (!isForTsx(error)) throw error;
    if (registered !== null || !(await registerTsx(url))) throw isOfModules(error) ? error : cannotRun(url, error);
    return await import(url);
  }
}

function isTypescript(url: string): boolean {
  return url.startsWith('file:') && TYPESCRIPT.test(new URL(url).pathname);
}

function stripsTypes(): boolean {
  // The types of the oldest supported Node do not have this property yet.
  return Boolean((process.features as { typescript?: string | false }).typescript);
}

/** `tsx`, `--import=tsx/esm` or the path of a file in the package. */
const FLAG_OF_TSX = /(?:^|[=\s]|node_modules[/\\])tsx(?:[/\\\s]|$)/;

/** True if Node itself was told to use tsx. */
function isProgramOfTsx(): boolean {
  return [...process.execArgv, process.env.NODE_OPTIONS ?? ''].some((text) => FLAG_OF_TSX.test(text));
}

/** The hooks of `--import tsx` do not reach the threads of a Node without types. */
function hasTsx(): boolean {
  return isMainThread && isProgramOfTsx();
}

/** True for an error that tsx may mend. */
function isForTsx(error: unknown): boolean {
  switch ((error as { code?: unknown } | null)?.code) {
    case 'ERR_UNKNOWN_FILE_EXTENSION':
    case 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX':
    case 'ERR_INVALID_TYPESCRIPT_SYNTAX':
    case 'ERR_UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING':
      return true;
    default:
      return isOfModules(error);
  }
}

/** True for an import of `./work.js` where there is only `./work.ts`, as the compiler allows. */
function isOfModules(error: unknown): boolean {
  const { code, url } = (error ?? {}) as { code?: unknown; url?: unknown };
  if (code !== 'ERR_MODULE_NOT_FOUND' || typeof url !== 'string' || !url.startsWith('file:')) return false;
  const path = fileURLToPath(url);
  const source = path.replace(/\.([cm]?)js(x?)$/, '.$1ts$2');
  return source === path ? ['.ts', '.tsx'].some((end) => existsSync(path + end)) : existsSync(source);
}

/** False if the program does not have tsx. */
function registerTsx(url: string): Promise<boolean> {
  registered ??= startTsx(url);
  return registered;
}

async function startTsx(url: string): Promise<boolean> {
  const entries = findTsx(url);
  if (entries === null) {
    registered = null;
    return false;
  }
  for (const entry of entries) {
    const { register } = (await import(entry)) as { register(): unknown };
    register();
  }
  return true;
}

/**
 * A Node that strips types does not need tsx for `require()`. Any other does, although modules that are loaded by `require()`
 * may then exist twice: tsx turns ES modules into others for it.
 */
function apis(): string[] {
  return stripsTypes() ? ['./esm/api'] : ['./esm/api', './cjs/api'];
}

/**
 * The files of `tsx/esm/api` and `tsx/cjs/api`, as the target or the program would import them. `require.resolve()` would find
 * other files, for `require()`.
 */
function findTsx(url: string): string[] | null {
  for (const from of [url, pathToFileURL(join(process.cwd(), 'index.js')).href]) {
    if (!from.startsWith('file:')) continue;
    try {
      const path = createRequire(from).resolve('tsx/package.json');
      const { exports } = JSON.parse(readFileSync(path, 'utf8'));
      return apis().map((name) => pathToFileURL(join(dirname(path), exports[name].import.default)).href);
    } catch {
      // It is not installed there.
    }
  }
  return null;
}

function cannotRun(url: string, cause?: unknown): Error {
  const why = cause instanceof Error ? ` (${cause.message})` : '';
  return new Error(
    `Node ${process.version} cannot run the TypeScript of ${url}${why}: install tsx in the program, or compile the module to JavaScript`,
    { cause },
  );
}
