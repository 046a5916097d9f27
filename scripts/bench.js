// Runs the benchmarks with access to the garbage collector, so that they can measure memory after a full
// collection: `npm run bench [arguments]`.

import { runTypescript } from './typescript-node.js';

runTypescript(['--expose-gc', 'bench/index.ts', ...process.argv.slice(2)]);
