// Runs the benchmarks with the garbage collector in reach, so that memory can be measured after a
// full collection: `npm run bench [arguments]`.

import { runTypescript } from './typescript-node.js';

runTypescript(['--expose-gc', 'bench/index.ts', ...process.argv.slice(2)]);
