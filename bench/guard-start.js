// `npm run bench:guard [-- --record]`: see guard.ts.

import { runTypescript } from '../scripts/typescript-node.js';

runTypescript(['bench/guard.ts', ...process.argv.slice(2)]);
