import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './typescript-node.js';

const folder = join(root, 'examples');

/** Folders of short programs that a page of docs/ explains. They take no arguments. */
const LESSONS = ['recipes', 'tutorial'];

/**
 * The file of a program of the tutorial or the recipes below examples/, by its name, such as `recipes/pipeline`.
 *
 * @param {string} name
 * @returns {string | undefined}
 */
export function lessonFile(name) {
  const file = `${name}.ts`;
  return LESSONS.some((lessons) => name.startsWith(`${lessons}/`)) && existsSync(join(folder, file)) ? file : undefined;
}

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
