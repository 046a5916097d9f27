/** The time of a program that only imports a package, above an empty program. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { median, quantile } from '../statistics.ts';
import { compiled } from './paths.ts';
import { PACKAGES } from './peers.ts';

export interface ImportTime {
  module: string;
  /** The median of the milliseconds above the empty module that ran directly before. */
  value: number;
  spread: { low: number; high: number };
}

/** The limit for `greenhub`, in milliseconds above an empty module. */
export const IMPORT_LIMIT = 15;

const modules = ['greenhub', 'greenhub/greenlet', 'greenhub/net', 'greenhub/monkey', ...PACKAGES];

export function measureImports(rounds: number): ImportTime[] {
  const empty = program('empty', '');
  const programs = modules.map((module) => ({
    module,
    path: program(module.replace('/', '-'), `import '${module}';\n`),
    more: [] as number[],
  }));
  // The first run of each program reads from the disk.
  for (const { path } of [{ path: empty }, ...programs]) runTime(path);
  for (let round = 0; round < rounds; round += 1) {
    for (const { path, more } of programs) more.push(-runTime(empty) + runTime(path));
  }
  return programs.map(({ module, more }) => ({
    module,
    value: median(more),
    spread: { low: quantile(more, 0.25), high: quantile(more, 0.75) },
  }));
}

function program(name: string, source: string): string {
  const path = join(compiled, `import-${name}.mjs`);
  writeFileSync(path, source);
  return path;
}

/** The milliseconds from the start of a program to its exit. */
export function runTime(path: string): number {
  const started = performance.now();
  const { status } = spawnSync(process.execPath, [path], { stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0) throw new Error(`${path} failed`);
  return performance.now() - started;
}
