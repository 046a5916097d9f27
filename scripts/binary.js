// Finds the program of a dev dependency without a shell and without npm's PATH, so that scripts run the pinned
// version even if Node was started from another directory.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './typescript-node.js';

/**
 * @param {string} packageName
 * @param {string} name the program's name in the package's `bin`
 * @returns {[command: string, ...args: string[]]}
 */
export function binary(packageName, name) {
  const folder = join(root, 'node_modules', packageName);
  const { bin } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  return [process.execPath, join(folder, typeof bin === 'string' ? bin : bin[name])];
}
