// Runs an example by its name, with the flags that this Node needs: `npm run example <name> [arguments]`, and
// `npm start [arguments]` for fetch-three-sites.

import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { root, runTypescript } from './typescript-node.js';

const [name, ...args] = process.argv.slice(2);
const available = exampleNames();

if (name === undefined || !available.includes(name)) {
  const problem = name === undefined ? 'Which example?' : `There is no example "${name}".`;
  const list = available.map((each) => `  ${each}`).join('\n') || '  (none)';
  console.error(`${problem} Run "npm run example <name>" with one of:\n${list}`);
  process.exitCode = 1;
} else if (!existsSync(join(root, 'dist'))) {
  console.error('Examples import the built greenhub, but dist is missing. Run "npm run build".');
  process.exitCode = 1;
} else {
  runTypescript([join('examples', `${name}.ts`), ...args]);
}

function exampleNames() {
  const folder = join(root, 'examples');
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((file) => file.endsWith('.ts'))
    .map((file) => file.slice(0, -'.ts'.length))
    .sort();
}
