/** Makes ready what is measured: the peers, greenhub as it is now, and the programs. */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BuildOptions, build } from 'esbuild';
import { compiled, here, installed, root } from './paths.ts';

/** @param fresh whether greenhub is built anew; if not, what was measured last is measured again */
export async function prepare(fresh: boolean): Promise<void> {
  installPeers();
  if (fresh || !existsSync(installed)) {
    run(process.execPath, [join(root, 'scripts/build.js')]);
    installGreenhub();
  }
  await compilePrograms();
}

/** Installs what the lockfile says, unless that is what is there. */
function installPeers(): void {
  const lock = readFileSync(join(here, 'package-lock.json'), 'utf8');
  const mark = join(here, 'node_modules/.installed-lock.json');
  if (existsSync(mark) && readFileSync(mark, 'utf8') === lock) return;
  console.error('bench:peers: installs the peers (once)');
  run('npm', ['ci', '--prefix', here, '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']);
  writeFileSync(mark, lock);
}

/**
 * What is measured is a copy of `dist`, installed beside the peers as users install it: it stays the same when `dist` is
 * built anew meanwhile.
 */
export function installGreenhub(): void {
  rmSync(installed, { recursive: true, force: true });
  cpSync(join(root, 'dist'), join(installed, 'dist'), { recursive: true });
  cpSync(join(root, 'package.json'), join(installed, 'package.json'));
}

/** To JavaScript as users write it: a loader that strips types as it goes would leave its own marks on inner functions. */
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
    // The paths in there are for the type check: what is measured is what is installed.
    tsconfigRaw: {},
    logLevel: 'warning',
  };
  await build({ ...options, entryPoints: ['worker.ts', 'site.ts'], splitting: true });
  // Each in one file, so that the time of a whole process is not that of more files.
  await build({ ...options, entryPoints: ['programs/short/*.ts'], outdir: join(compiled, 'short') });
}

function run(command: string, args: string[]): void {
  const { status, error } = spawnSync(command, args, { stdio: ['ignore', 2, 2] });
  if (status === 0) return;
  throw new Error(`${command} ${args.join(' ')} failed${error === undefined ? '' : `: ${error.message}`}`);
}
