// A namespace import, because bundles often begin with their own import of `createRequire`.
import * as nodeModule from 'node:module';
import type * as Undici from 'undici';
import { addLines } from './client-line.ts';

let loading: Promise<typeof Undici> | null = null;

/**
 * Loads undici on first use, because that takes longer than loading all of greenhub. Uses `import()`, because bundlers
 * follow it, but not `createRequire()`.
 */
export function loadUndici(): Promise<typeof Undici> {
  loading ??= load();
  return loading;
}

async function load(): Promise<typeof Undici> {
  // Node's fetch initialises itself at the first access to one of its classes. This must come first, or the loaded
  // undici would set its own dispatcher for the global fetch.
  void globalThis.Response;
  // By its file, because Bun has a module of its own for the bare name, which cannot dispatch.
  const { default: undici } = await import('undici/index.js').catch(explain);
  // A bundled copy is not in the module cache.
  addLines((undici as unknown as typeof Undici).Client);
  nameParserErrors(await import('undici/lib/llhttp/constants.js'));
  return undici as unknown as typeof Undici;
}

const known = new WeakSet<object>();

/** Patches a dispatcher of the program, from any copy of undici, so that it frees requests at once too. */
export function addLinesTo(dispatcher: Undici.Dispatcher): void {
  if (known.has(dispatcher)) return;
  known.add(dispatcher);
  // All modules share one cache, whichever file asks.
  for (const [file, module] of Object.entries(nodeModule.createRequire(process.execPath).cache)) {
    const Client = /[\\/]undici[\\/]index\.js$/.test(file) ? module?.exports?.Client : undefined;
    if (Client !== undefined) addLines(Client);
  }
}

/** esbuild's ES modules have no require(), not even for Node's own modules. */
function explain(error: unknown): never {
  if (!/^Dynamic require of/.test((error as Error)?.message)) throw error;
  const banner = "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);";
  const lack = 'this bundle has no require(), which undici calls';
  throw new Error(`${lack}: give esbuild the banner "${banner}", or format: 'cjs'`, { cause: error });
}

/**
 * Restores the `code` of undici's parser errors (HPE_INVALID_CHUNK_SIZE, …). Since version 7, undici looks up the name
 * by number, in a table that contains only the numbers by name.
 */
function nameParserErrors({ ERROR: table }: { ERROR: Record<string | number, string | number> }): void {
  for (const [name, number] of Object.entries(table)) {
    if (typeof number === 'number' && !(number in table)) table[number] = name;
  }
}
