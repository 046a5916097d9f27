// The table of runtimes in README.md. `runtimes.js` compares its first two columns with what it tests. With `--save` it also writes how
// many tests have passed.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './typescript-node.js';

/** @typedef {{ runtime: string, tests: string, passed?: number }} Row `passed` is undefined if it was not tested */

const file = join(root, 'README.md');

/**
 * The start of each row that README.md does not have.
 *
 * @param {Row[]} rows
 * @returns {string[]}
 */
export function missingIn(rows) {
  const readme = readFileSync(file, 'utf8');
  return rows.map(startOf).filter((start) => !readme.includes(`\n${start}`));
}

/**
 * Writes the number of tests into the rows of README.md.
 *
 * @param {Row[]} rows
 */
export function save(rows) {
  let readme = readFileSync(file, 'utf8');
  for (const row of rows) {
    if (row.passed === undefined) continue;
    const start = startOf(row);
    const from = readme.indexOf(`\n${start}`) + 1;
    if (from > 0) readme = readme.slice(0, from) + textOf(row) + readme.slice(readme.indexOf('\n', from));
  }
  writeFileSync(file, readme);
}

/** @param {Row} row */
export function textOf(row) {
  return `${startOf(row)} ${row.passed?.toLocaleString('en') ?? 'skipped: it is not installed'} |`;
}

/** @param {Row} row */
function startOf({ runtime, tests }) {
  return `| ${runtime} | ${tests} |`;
}
