import { createRequire } from 'node:module';
import type * as Undici from 'undici';

/** Undici, which is loaded when it is first asked for: that takes longer than all of greenhub. */
export function loadUndici(): typeof Undici {
  // Node's own fetch sets itself up at the first look at one of its classes. It must come first, or undici, when
  // loaded, would put its dispatcher under the fetch of everybody.
  void globalThis.Response;
  const require = createRequire(import.meta.url);
  const undici: typeof Undici = require('undici');
  nameParserErrors(require('undici/lib/llhttp/constants.js'));
  return undici;
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
