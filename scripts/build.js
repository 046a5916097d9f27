// Builds dist: esbuild bundles the entry points with their shared modules split off (the hub must
// exist once, whichever entry is imported first), then tsc writes the declarations. Runs as
// `prepublish` too, so that `npm ci` leaves a usable dist: despite its name, npm runs it after an
// install in a checkout. A `prepare` would do the same, but npm warns users about a package that has one.

import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { binary } from './binary.js';
import { wholeRooms } from './chunks.js';
import { bundleConsole } from './console.js';
import { declareConstants } from './constants.js';
import { publishDeclarations } from './declarations.js';
import { root } from './typescript-node.js';
import { writeVocabulary } from './vocabulary.js';

const entryPoints = [
  'lib/index.ts',
  'lib/browser.ts',
  'lib/greenlet/index.ts',
  'lib/command/main.ts',
  'lib/eslint/index.ts',
  'lib/inspect/index.ts',
  'lib/inspect/attach.ts',
  'lib/inspect/blocking-watcher.ts',
  'lib/inspect/prepare.ts',
  'lib/inspect/register.ts',
  'lib/testing/index.ts',
  'lib/monkey/browser/index.ts',
  'lib/monkey/index.ts',
  'lib/monkey/register.ts',
  'lib/net/index.ts',
  'lib/process/index.ts',
  'lib/process/bootstrap.ts',
  'lib/process/child/watchdog.ts',
  'lib/tasks/index.ts',
  'lib/tasks/run-worker.ts',
  'lib/workerd/index.ts',
  'lib/web/index.ts',
];

/**
 * An entry that re-exports another one imports the other's file. If esbuild bundled both, what they share would be one more file to
 * load for every program.
 *
 * @type {import('esbuild').Plugin}
 */
const entriesOfEntries = {
  name: 'entries of entries',
  setup({ onResolve }) {
    onResolve({ filter: /^\.\.\/index\.ts$/ }, ({ importer }) =>
      importer === join(root, 'lib/workerd/index.ts') ? { path: '../index.js', external: true } : undefined,
    );
  },
};

const dist = join(root, 'dist');

writeVocabulary();
removeDist();
try {
  await bundle();
  await bundleConsole();
  process.exitCode = writeDeclarations();
} catch (error) {
  // esbuild has already printed the problem and its place on stderr.
  if (!(error instanceof Error && 'errors' in error)) console.error(error);
  process.exitCode = 1;
}
// Half of a build would count as a fresh one: see build-if-stale.js.
if (process.exitCode !== 0) removeDist();

function removeDist() {
  rmSync(dist, { recursive: true, force: true });
}

async function bundle() {
  const { metafile } = await build({
    absWorkingDir: root,
    metafile: true,
    entryPoints,
    outbase: 'lib',
    outdir: 'dist',
    chunkNames: 'chunks/[name]-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.18',
    packages: 'external',
    sourcemap: true,
    plugins: [wholeRooms, entriesOfEntries],
    // package.json promises bundlers that only the register entry has side effects. So an import made only for
    // its side effects would be dropped silently, here and in our users' bundles.
    logOverride: { 'ignored-bare-import': 'error' },
  });
  const outputs = Object.keys(metafile.outputs).filter((path) => path.endsWith('.js'));
  declareConstants(outputs.map((path) => join(root, path)));
}

function writeDeclarations() {
  const [command, ...args] = binary('typescript', 'tsc');
  const project = ['-p', 'tsconfig.build.json'];
  const { status } = spawnSync(command, [...args, ...project], { cwd: root, stdio: 'inherit' });
  if (status !== 0) return status ?? 1;
  const entries = entryPoints.map((path) => join(root, path.replace(/^lib(.*)\.ts$/, 'dist$1.d.ts')));
  publishDeclarations(dist, entries);
  return 0;
}
