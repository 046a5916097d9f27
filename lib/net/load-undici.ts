// Not by name: people put an import of `createRequire` above what they bundle.
import * as nodeModule from 'node:module';
import type * as Undici from 'undici';
import { addLines } from './client-line.ts';

let loading: Promise<typeof Undici> | null = null;

/**
 * Loads undici on first use, because that takes longer than loading all of greenhub. Uses `import()`, because bundlers follow
 * it, but not `createRequire()`.
 */
export function loadUndici(): Promise<typeof Undici> {
  loading ??= load();
  return loading;
}

async function load(): Promise<typeof Undici> {
  // Node's own fetch sets itself up at the first look at one of its classes. It must come first, or undici, when
  // loaded, would put its dispatcher under the fetch of everybody.
  void globalThis.Response;
  const { default: undici } = await import('undici').catch(explain);
  // A bundled copy is in no cache.
  addLines((undici as unknown as typeof Undici).Client);
  nameParserErrors(await import('undici/lib/llhttp/constants.js'));
  return undici as unknown as typeof Undici;
}

const known = new WeakSet<object>();

/** Patches a dispatcher of the program, of any copy of undici, so that it frees requests at once too. */
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
 * Gives undici's parser errors their `code` (HPE_INVALID_CHUNK_SIZE, …) back: since version 7 it looks for the name by the
 * number in a table that has only the numbers by their names.
 */
function nameParserErrors({ ERROR: table }: { ERROR: Record<string | number, string | number> }): void {
  for (const [name, number] of Object.entries(table)) {
    if (typeof number === 'number' && !(number in table)) table[number] = name;
  }
}
