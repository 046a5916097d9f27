/** Prepares a run: the peers, the current greenhub, and the programs. */
import { cpSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type BuildOptions, build } from 'esbuild';
import { installPeers, run } from './install.ts';
import { beside, compiled, here, installed, root } from './paths.ts';

/** @param fresh whether to build greenhub again; otherwise the run measures the same build as the last one */
export async function prepare(fresh: boolean): Promise<void> {
  installPeers();
  if (fresh || !existsSync(installed)) {
    run(process.execPath, [join(root, 'scripts/build.js')]);
    installGreenhub();
  }
  await compilePrograms();
}

/**
 * Installs a copy of `dist` beside the peers, as users install it. The copy stays the same if `dist` is rebuilt during the run.
 */
export function installGreenhub(): void {
  installBuild(root, installed);
}

/**
 * Installs another build beside the peers. The same compiled programs measure both builds.
 *
 * @param checkout a checkout of greenhub that is built
 * @throws Error if it is not
 */
export function installBeside(checkout: string): void {
  if (!existsSync(join(checkout, 'dist/index.js')))
    throw new Error(`--beside takes a built checkout of greenhub, but there is no ${join(checkout, 'dist/index.js')}`);
  installBuild(checkout, join(beside, 'node_modules/greenhub'));
  rmSync(join(beside, 'programs'), { recursive: true, force: true });
  cpSync(compiled, join(beside, 'programs'), { recursive: true });
}

function installBuild(checkout: string, target: string): void {
  rmSync(target, { recursive: true, force: true });
  cpSync(join(checkout, 'dist'), join(target, 'dist'), { recursive: true });
  cpSync(join(checkout, 'package.json'), join(target, 'package.json'));
}

/** Compiles the programs to plain JavaScript. A loader that strips types at run time would affect inner functions. */
export async function compilePrograms(): Promise<void> {
  rmSync(compiled, { recursive: true, force: true });
  mkdirSync(compiled, { recursive: true });
  const options: BuildOptions = {
    absWorkingDir: here,
    outdir: compiled,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    packages: 'external',
    format: 'esm',
    platform: 'node',
    target: 'node20.18',
    // Ignore the paths of the tsconfig, which are for the type check: measure the installed packages.
    tsconfigRaw: {},
    logLevel: 'warning',
  };
  await build({ ...options, entryPoints: ['worker.ts', 'site.ts'], splitting: true });
  // Each program is one file, so that the time of a whole process does not include loading more files.
  await build({ ...options, entryPoints: ['programs/short/*.ts'], outdir: join(compiled, 'short') });
}
