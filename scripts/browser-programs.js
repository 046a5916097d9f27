// Compiles programs of the documentation for a browser, for the buttons of the site. A program that needs Node does not bundle.

import { builtinModules } from 'node:module';
import { join, relative } from 'node:path';
import { build } from 'esbuild';
import { root } from './typescript-node.js';

/** @typedef {{ id: string, code: string, folder: string }} BrowserProgram `folder` is where its relative imports begin */
/** @typedef {import('esbuild').Metafile['outputs']} Outputs */

const NAMESPACE = 'program';

/**
 * Bundles programs against the built package, and writes those that need no Node. What they share is in files of its own, so a second
 * program of a page loads quickly.
 *
 * @param {BrowserProgram[]} programs
 * @param {Record<string, string>} others the paths of more sources, by the name of their output
 * @param {string} folder where the files are written: a program as `<id>.js`
 * @returns {Promise<Set<string>>} the ids of the programs that are written
 */
export async function compileForBrowser(programs, others, folder) {
  const importable = await thoseThatBundle(programs, others);
  const trial = await bundle(importable, others, { write: false });
  const runnable = importable.filter(({ id }) => !needsNode(`${id}.js`, trial.metafile?.outputs ?? {}));
  await bundle(runnable, others, { outdir: folder, logLevel: 'error' });
  return new Set(runnable.map(({ id }) => id));
}

/**
 * Leaves out programs whose own imports fail, such as a name that a module does not export in a browser.
 *
 * @param {BrowserProgram[]} programs
 * @param {Record<string, string>} others
 * @returns {Promise<BrowserProgram[]>}
 */
async function thoseThatBundle(programs, others) {
  try {
    await bundle(programs, others, { write: false });
    return programs;
  } catch (error) {
    const { errors } = /** @type {import('esbuild').BuildFailure} */ (error);
    const failing = new Set(errors.map(({ location }) => location?.file.replace(`${NAMESPACE}:`, '')));
    const rest = programs.filter(({ id }) => !failing.has(id));
    if (rest.length === programs.length) throw error;
    return thoseThatBundle(rest, others);
  }
}

/**
 * @param {BrowserProgram[]} programs
 * @param {Record<string, string>} others
 * @param {import('esbuild').BuildOptions} options
 */
function bundle(programs, others, options) {
  return build({
    absWorkingDir: root,
    entryPoints: [
      ...programs.map(({ id }) => ({ in: `${NAMESPACE}:${id}`, out: id })),
      ...Object.entries(others).map(([out, path]) => ({ in: path, out })),
    ],
    outdir: 'programs',
    bundle: true,
    splitting: true,
    metafile: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    // The names of functions are what greenhub calls its greenlets.
    keepNames: true,
    minifySyntax: true,
    minifyWhitespace: true,
    chunkNames: 'shared/[name]-[hash]',
    external: ['node:*', ...builtinModules],
    // The paths of the tsconfig are for the type check: bundle the built package.
    tsconfigRaw: {},
    logLevel: 'silent',
    logOverride: { 'ignored-bare-import': 'silent' },
    plugins: [programsFrom(programs)],
    ...options,
  });
}

/**
 * @param {BrowserProgram[]} programs
 * @returns {import('esbuild').Plugin}
 */
function programsFrom(programs) {
  const byId = new Map(programs.map((program) => [program.id, program]));
  return {
    name: 'programs of the documentation',
    setup({ onLoad, onResolve, resolve }) {
      onResolve({ filter: new RegExp(`^${NAMESPACE}:`) }, ({ path }) => {
        return { path: path.slice(NAMESPACE.length + 1), namespace: NAMESPACE };
      });
      onLoad({ filter: /.*/, namespace: NAMESPACE }, ({ path }) => {
        const { code = '', folder = root } = byId.get(path) ?? {};
        return { contents: code, loader: 'ts', resolveDir: folder };
      });
      // Sources of the site are in a package of their own, where a package's own name would not be found.
      onResolve({ filter: /^greenhub(?:\/|$)/ }, ({ path, kind, pluginData }) => {
        if (pluginData === NAMESPACE) return undefined;
        return resolve(path, { kind, resolveDir: root, pluginData: NAMESPACE });
      });
    },
  };
}

/**
 * Whether a file, or one that it loads, imports a module of Node.
 *
 * @param {string} name of the file
 * @param {Outputs} outputs
 */
function needsNode(name, outputs) {
  const paths = Object.keys(outputs);
  const first = paths.find((path) => path.endsWith(`/${name}`)) ?? '';
  const reached = new Set([first]);
  for (const path of reached) {
    for (const { path: imported, external } of outputs[path]?.imports ?? []) {
      if (external === true) return true;
      reached.add(relative(root, join(root, imported)));
    }
  }
  return false;
}
