// Runs test files one after the other, in this process, with uvu. `runtimes.js` starts it in Deno and in Bun, which cannot be a worker
// of `unit.js`. After each file it prints a line that begins with a NUL and says how many tests passed.

import process from 'node:process';
import { pathToFileURL } from 'node:url';

/** @typedef {() => Promise<[errors: string | true, passed: number, skipped: number, total: number]>} Suite */

// With this, uvu puts the suites of a file here and lets us run them.
/** @type {Suite[]} */
const suites = [];
Object.assign(globalThis, { UVU_DEFER: 1, UVU_INDEX: 0, UVU_QUEUE: [suites] });

const { skipped: notHere } = await import('../test/support/capability.ts');

for (const file of process.argv.slice(2)) {
  const count = { file, passed: 0, skipped: 0, total: 0 };
  try {
    await import(pathToFileURL(file).href);
  } catch (error) {
    // As uvu prints the failure of a test.
    process.stdout.write(`\n   FAIL   ${String(error).split('\n')[0]}: the file cannot be loaded\n`);
    suites.length = 0;
    count.total += 1;
  }
  for (const suite of suites.splice(0)) {
    const [errors, passed, skipped, total] = await suite();
    if (errors !== true) process.stdout.write(`\n${errors}\n`);
    count.passed += passed;
    count.skipped += skipped;
    count.total += total;
  }
  process.exitCode = 0;
  process.stdout.write(`\n\0${JSON.stringify({ ...count, notHere: notHere.splice(0) })}\n`);
}
process.exit(0);
