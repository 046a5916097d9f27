import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
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

/** The folder for the JSON of each run. */
export const jsonFolder = join(here, 'results');

/** The folder for the tables and charts of saved runs, which git keeps. */
export const resultsFolder = join(root, 'bench/results');

export interface Chart {
  readonly svg: string;
  readonly png: Buffer;
}

/** Writes the page of a line of Node with its chart, and replaces those of an earlier run on that line. */
export function saveResults(folder: string, nodeVersion: string, tables: string, { svg, png }: Chart): void {
  const [line] = nodeVersion.split('.');
  const name = `node-${line}`;
  const page = [
    `# Benchmarks on Node ${line}`,
    'Written by `npm run bench:peers -- --save`. [Performance](../../docs/performance.md) explains the operations, the peers and the columns.',
    `![Cost of the peers as a multiple of greenhub](${name}.svg)`,
    tables.trim(),
  ];
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${name}.md`), `${page.join('\n\n')}\n`);
  writeFileSync(join(folder, `${name}.svg`), `${svg}\n`);
  writeFileSync(join(folder, `${name}.png`), png);
}
