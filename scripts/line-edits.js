// Edits whole lines in a generated file and keeps its source map valid.

import { readFileSync, writeFileSync } from 'node:fs';
import { decode, encode } from '@jridgewell/sourcemap-codec';

/**
 * The replacement of some lines; null removes them.
 *
 * @typedef {{ from: number, to: number, text: string | null }} Edit line numbers start at 1 and include `to`
 */

/**
 * Edits a module and its source map. A file that loses all imports and exports remains a module.
 *
 * @param {string} path
 * @param {Edit[]} edits that do not overlap
 */
export function editLines(path, edits) {
  if (edits.length === 0) return;
  const lines = readFileSync(path, 'utf8').split('\n');
  const map = JSON.parse(readFileSync(`${path}.map`, 'utf8'));
  const mappings = decode(map.mappings);
  while (mappings.length < lines.length) mappings.push([]);
  for (const { from, to, text } of edits.toSorted((a, b) => b.from - a.from)) {
    const before = lines[from - 1] ?? '';
    const after = text === null ? [] : [text];
    const mapped = (mappings[from - 1] ?? []).filter(([column]) => column < sameColumns(before, text ?? ''));
    lines.splice(from - 1, to - from + 1, ...after);
    mappings.splice(from - 1, to - from + 1, ...after.map(() => mapped));
  }
  if (!lines.some((line) => /^(?:import|export)\b/.test(line))) {
    // Insert before the comment that names the map.
    lines.splice(-1, 0, 'export {};');
    mappings.splice(-1, 0, []);
  }
  writeFileSync(path, lines.join('\n'));
  writeFileSync(`${path}.map`, JSON.stringify({ ...map, mappings: encode(mappings) }));
}

/**
 * The length of the common prefix of two lines.
 *
 * @param {string} one
 * @param {string} other
 */
function sameColumns(one, other) {
  let column = 0;
  while (column < one.length && one[column] === other[column]) column++;
  return column;
}
