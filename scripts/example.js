// Runs an example by its name, with the flags that this Node needs: `npm run example <name> [arguments]`. A name may have a folder, as
// `recipes/pipeline` has. `npm start [arguments]` runs fetch-three-sites.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { exampleFiles, lessonFile } from './examples.js';
import { root, runTypescript } from './typescript-node.js';

const [name, ...args] = process.argv.slice(2);
const available = exampleFiles();
const file = available.get(name ?? '') ?? lessonFile(name ?? '');

if (file === undefined) {
  const problem = name === undefined ? 'Which example?' : `There is no example "${name}".`;
  const list = [...available.keys()].map((each) => `  ${each}`).join('\n') || '  (none)';
  console.error(`${problem} Run "npm run example <name>" with one of:\n${list}`);
  process.exitCode = 1;
} else if (!existsSync(join(root, 'dist'))) {
  console.error('Examples import the built greenhub, but dist is missing. Run "npm run build".');
  process.exitCode = 1;
} else {
  runTypescript([join('examples', file), ...args]);
}
