// Copies the programs of the tutorial and the recipes into their pages: `node scripts/programs.js`. On a page, a program is a line with
// a link to its file, and a block with its text. A block with its output may follow. The tests compare all three.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from './typescript-node.js';

/** @typedef {{ file: string, code: string, output: string | undefined }} PageProgram */

const BLOCK =
  /^\[`(?<file>examples\/[\w/.-]+\.ts)`\]\([^)\n]+\)\n\n```ts\n(?<code>[\s\S]*?)^```\n(?:\n```text\n(?<output>[\s\S]*?)^```\n)?/gm;

/** The pages with programs, as paths below the root. */
export function pagesWithPrograms() {
  return ['tutorial', 'recipes'].flatMap((folder) =>
    readdirSync(join(root, 'docs', folder))
      .filter((name) => name.endsWith('.md'))
      .map((name) => `docs/${folder}/${name}`),
  );
}

/**
 * @param {string} page its path below the root
 * @returns {PageProgram[]}
 */
export function programsOn(page) {
  return [...readFileSync(join(root, page), 'utf8').matchAll(BLOCK)].map(({ groups }) => ({
    file: groups?.file ?? '',
    code: groups?.code ?? '',
    output: groups?.output,
  }));
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  for (const page of pagesWithPrograms()) {
    const text = readFileSync(join(root, page), 'utf8');
    const renewed = text.replaceAll(BLOCK, (block, file, code) =>
      block.replace(`\`\`\`ts\n${code}\`\`\``, () => `\`\`\`ts\n${readFileSync(join(root, file), 'utf8')}\`\`\``),
    );
    if (renewed !== text) writeFileSync(join(root, page), renewed);
  }
}
