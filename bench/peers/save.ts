import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { binary } from '../../scripts/binary.js';
import { here, root } from './paths.ts';

/** Writes the figures of this run as JSON, for programs. git ignores the file. */
export function saveJson(path: string, content: object): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${JSON.stringify(content, null, 2)}\n`);
  // Format it for the lint of the whole tree, which also checks files that git ignores.
  const [command, ...args] = binary('@biomejs/biome', 'biome');
  spawnSync(command, [...args, 'format', '--write', path], { cwd: root, stdio: 'ignore' });
}

export const resultsFolder = join(here, 'results');
export const docs = join(root, 'docs');

const BEGIN = '<!-- written by npm run bench:peers -- --save -->';
const END = '<!-- until here -->';

/** Puts the tables of a run into docs/performance.md, in place of those of an earlier one. */
export function saveTables(tables: string): void {
  const path = join(docs, 'performance.md');
  const page = readFileSync(path, 'utf8');
  const begin = page.indexOf(BEGIN);
  const end = page.indexOf(END);
  if (begin === -1 || end === -1) throw new Error(`docs/performance.md has lost its marks ${BEGIN} and ${END}`);
  writeFileSync(path, `${page.slice(0, begin)}${BEGIN}\n\n${tables}\n\n${page.slice(end)}`);
}
