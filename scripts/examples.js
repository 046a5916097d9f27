import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './typescript-node.js';

const folder = join(root, 'examples');

/**
 * The files of the examples below examples/, by their names. An example with a folder of its own begins in its start.ts.
 *
 * @returns {Map<string, string>} sorted by name
 */
export function exampleFiles() {
  const entries = existsSync(folder) ? readdirSync(folder).sort() : [];
  /** @type {Map<string, string>} */
  const files = new Map();
  for (const entry of entries) {
    if (entry.endsWith('.ts')) files.set(entry.slice(0, -'.ts'.length), entry);
    else if (existsSync(join(folder, entry, 'start.ts'))) files.set(entry, join(entry, 'start.ts'));
  }
  return files;
}
