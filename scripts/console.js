// Builds the page of the web console: one HTML file with its script, its styles and its icon inside, so that it works without
// a network and the server has one file to send. The server writes a nonce of its own into each answer.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { root } from './typescript-node.js';

const NONCE = '%NONCE%';

export async function bundleConsole() {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: ['lib/console/main.tsx'],
    outdir: 'dist/console',
    write: false,
    bundle: true,
    minify: true,
    format: 'iife',
    platform: 'browser',
    target: 'es2022',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    charset: 'utf8',
    legalComments: 'inline',
  });
  const textOf = (/** @type {string} */ ending) => outputFiles.find(({ path }) => path.endsWith(ending))?.text ?? '';
  const folder = join(root, 'dist/console');
  mkdirSync(folder, { recursive: true });
  const page = readFileSync(join(root, 'lib/console/index.html'), 'utf8')
    .replace('<!-- styles -->', () => `<style nonce="${NONCE}">${inElement(textOf('.css'), 'style')}</style>`)
    .replace('<!-- script -->', () => `<script nonce="${NONCE}">${inElement(textOf('.js'), 'script')}</script>`);
  writeFileSync(join(folder, 'index.html'), page);
}

/**
 * The text must not end its element.
 *
 * @param {string} text
 * @param {string} element
 */
function inElement(text, element) {
  return text.replaceAll(`</${element}`, `<\\/${element}`);
}
