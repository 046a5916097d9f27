// A process of the test runner: runs the test files that it is sent, one after the other, with uvu. After each it
// prints a line that begins with a NUL and says how many tests passed; an empty path ends it. See unit.js.

import { pathToFileURL } from 'node:url';

/** @typedef {() => Promise<[errors: string | true, passed: number, skipped: number, total: number]>} Suite */

// uvu then leaves it to us when the suites of a file are run, and puts them here.
/** @type {Suite[]} */
const suites = [];
Object.assign(globalThis, { UVU_DEFER: 1, UVU_INDEX: 0, UVU_QUEUE: [suites] });

process.on('message', async (file) => {
  if (file === '') {
    process.disconnect();
    return;
  }
  // A test of an event loop that runs empty must find it so.
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
