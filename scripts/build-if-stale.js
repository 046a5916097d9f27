// Builds dist unless it is newer than every source. Tests start programs that import the built package.

import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './typescript-node.js';

/** @throws Error when the build fails */
export function buildIfStale() {
  const built = join(root, 'dist/index.js');
  if (existsSync(built) && statSync(built).mtimeMs > newestSource()) return;
  const { status } = spawnSync(process.execPath, [join(root, 'scripts/build.js')], { stdio: 'inherit' });
  if (status !== 0) throw new Error('the build failed');
}

function newestSource() {
  const files = readdirSync(join(root, 'lib'), { recursive: true, encoding: 'utf8' });
  return Math.max(...files.map((file) => statSync(join(root, 'lib', file)).mtimeMs));
}
