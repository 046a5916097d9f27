// `npm run bench:peers [-- --quick] [--save] [--no-build] [name …]`: see docs/performance.md.

import { runTypescript } from '../../scripts/typescript-node.js';

runTypescript(['bench/peers/index.ts', ...process.argv.slice(2)]);
