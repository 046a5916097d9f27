// A worker process of the test runner. It runs the test files it receives, one at a time, with uvu. After each file it
// prints a line that begins with a NUL and contains the number of passed tests. An empty path ends it. See unit.js.

import { pathToFileURL } from 'node:url';

/** @typedef {() => Promise<[errors: string | true, passed: number, skipped: number, total: number]>} Suite */

// With this, uvu puts the suites of a file here and lets us run them.
/** @type {Suite[]} */
const suites = [];
Object.assign(globalThis, { UVU_DEFER: 1, UVU_INDEX: 0, UVU_QUEUE: [suites] });

process.on('message', async (file) => {
  if (file === '') {
    process.disconnect();
    return;
  }
  // A test of an empty event loop needs one that is really empty.
  process.channel?.unref();
  const count = { passed: 0, skipped: 0, total: 0 };
  const start = performance.now();
  await import(pathToFileURL(String(file)).href);
  for (const suite of suites.splice(0)) {
    const [errors, passed, skipped, total] = await suite();
    if (errors !== true) process.stdout.write(`\n${errors}\n`);
    count.passed += passed;
    count.skipped += skipped;
    count.total += total;
  }
  const { exitCode } = process;
  process.exitCode = undefined;
  process.stdout.write(`\0${JSON.stringify({ ...count, exitCode, ms: performance.now() - start })}\n`);
  process.channel?.ref();
});
