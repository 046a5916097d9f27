// Runs test files: `npm run test:unit [pattern]`. The pattern is a part of the path below test/, or a regular
// expression. There are two worker processes for each core, because tests often wait; each worker takes one file
// at a time. The output of a file appears when it has ended. A file that hangs is ended after a limit. A list at the end names every
// failing test with its file.

import { fork } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { buildIfStale } from './build-if-stale.js';
import { root, typescriptFlags } from './typescript-node.js';

/** @typedef {{ passed: number, failed: number, failures: string[] }} Count */
/** @typedef {{ passed: number, total: number, skipped: number, exitCode?: number | string, ms: number }} Ended the report of a worker about a file */

/** Tests with other libraries: on real servers, and with ESLint, which reads whole programs. */
export const thirdPartyTests = '^(?:eslint|third-party)/';
/** Tests that run the examples and the snippets of the documentation. */
export const exampleTests = '^(?:examples/|docs\\.)';
/** Tests that start programs, and look at what they print and how they end. They take minutes. */
export const programTests =
  '^(?:command/|contract/told|node-core/|scripts/unit|hub/reports/(?:deadlock|forgotten)|sync/deadlock' +
  '|inspect/(?:dump|looking|trace-programs)|monkey/(?:child-process|register)|net/(?:bundle|given-up-handshakes|slow-reader))';
/** Tests that start many processes, which takes minutes. Each part of lib/process and lib/tasks has quicker ones among the unit tests. */
export const processTests =
  '^(?:process/(?:manager/(?:clients|manager|programs)|process/(?:process|programs|many)|pool/(?:calls|mappings|losing|life|calling-off|storm)' +
  '|shared/(?:pipe|given|shared)|travel/load-target|child/start-child)|tasks/(?:bullmq|thread|faults(?:/[-\\w]+)?)|contract/shown-process)\\.';
/** Parts of the step `explore` that take long at less depth, too. */
const LONG = '^(?:inspect/virtual-day|process/shared/random)\\.';
export const unitTests = but(
  'examples/|browser/|site/|runtimes/',
  thirdPartyTests,
  exampleTests,
  programTests,
  processTests,
  LONG,
);
/** The tests of units that another Node may break. The others are about texts, the build, benchmarks and the linter. */
export const nodeTests = but(
  'browser/|site/|runtimes/|bench/|scripts/',
  thirdPartyTests,
  exampleTests,
  programTests,
  processTests,
  LONG,
);
/** Random schedules, and a simulated day. The unit tests also run most of them, at less depth. */
export const exploreTests = '^explore/|/random\\.|^greenlet/on-top|^sync/cancellation|^inspect/virtual-day';
/** Tests in other runtimes than Node, which `scripts/runtimes.js` installs. */
export const runtimeTests = '^runtimes/';
/** Tests in a real browser. */
export const browserTests = '^browser/';
/** Tests of the documentation site, in a real browser. */
export const siteTests = '^site/';

const worker = join(root, 'scripts/test-worker.js');

/**
 * How long a file may take, in milliseconds. The longest takes about three minutes. GREENHUB_DEPTH, which repeats random schedules,
 * is at most 1 in CI.
 */
const LIMIT = 600_000 * Math.max(1, Number(process.env.GREENHUB_DEPTH ?? 0));

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const pattern = process.argv[2]?.replace(/^(?:\.\/)?test\//, '') ?? unitTests;
  buildIfStale();
  const count = await runTests(pattern);
  nameFailures(count);
  console.log(`${count.passed} passed, ${count.failed} failed`);
  process.exitCode = count.failed > 0 ? 1 : 0;
}

/**
 * All tests but those of some patterns.
 *
 * @param {string[]} patterns
 */
function but(...patterns) {
  return `^(?!${patterns.map((pattern) => pattern.replace(/^\^/, '')).join('|')})`;
}

/**
 * Prints each failing test, with its file.
 *
 * @param {Count} count
 */
export function nameFailures({ failures }) {
  if (failures.length > 0) console.log(`\nFailed:\n${failures.map((failure) => `  ${failure}\n`).join('')}`);
}

/**
 * Runs the test files whose path below test/ matches. A problem outside a test counts as one more failure.
 *
 * @param {string} pattern
 * @param {string} [folder] the folder that the paths are below
 * @param {number} [limit] how long a file may take, in milliseconds
 * @returns {Promise<Count>}
 */
export async function runTests(pattern, folder = join(root, 'test'), limit = LIMIT) {
  const selected = new RegExp(pattern, 'i');
  const files = testFiles(folder).filter((file) => selected.test(file));
  /** @type {Count} */
  const count = { passed: 0, failed: 0, failures: [] };
  if (files.length === 0) fail(count, `no test file matches ${pattern}`);
  // uvu silently skips a file that does not call run().
  for (const file of files) if (!callsRun(join(folder, file))) fail(count, `${file} never calls run()`);
  await Promise.all(Array.from({ length: 2 * availableParallelism() }, () => work(folder, files, limit, count)));
  return count;
}

/**
 * Explored schedules and the longest examples run first, so that one of them is not left for a single core at the end.
 *
 * @param {string} folder
 * @returns {string[]} paths below the folder
 */
function testFiles(folder) {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => file.endsWith('.test.ts') && !file.startsWith('.'))
    .sort();
  return [...files.filter(isLong), ...files.filter((file) => !isLong(file))];
}

/** @param {string} file */
function isLong(file) {
  return /^(?:explore|docs|testing|examples\/(?:distributed-crawl|hunts|lessons|polite-scraper|usage|web-proxy))\b/.test(
    file,
  );
}

/** @param {string} file */
function callsRun(file) {
  return /\.run\(\)/.test(readFileSync(file, 'utf8'));
}

/**
 * Runs files in worker processes until none is left. If a process dies, another replaces it.
 *
 * @param {string} folder
 * @param {string[]} files
 * @param {number} limit for each file, in milliseconds
 * @param {Count} count
 */
async function work(folder, files, limit, count) {
  while (files.length > 0) await runWorker(folder, files, limit, count);
}

/**
 * @param {string} folder
 * @param {string[]} files
 * @param {number} limit
 * @param {Count} count
 * @returns {Promise<void>} when the process has ended
 */
function runWorker(folder, files, limit, count) {
  const child = fork(worker, { cwd: root, execArgv: typescriptFlags(), silent: true });
  /** @type {string | undefined} */
  let file;
  let output = '';
  /** Whether the file has ended. More output may follow from the other pipe, and must not end it again. */
  let isOver = false;
  let isTooLate = false;
  const timer = setTimeout(() => {
    isTooLate = true;
    child.kill();
    // Processes that the tests have started may hold the other ends.
    child.stdout?.destroy();
    child.stderr?.destroy();
  }, limit);
  const next = () => {
    file = files.shift();
    output = '';
    isOver = false;
    timer.refresh();
    child.send(file === undefined ? '' : join(folder, file));
  };
  const append = (/** @type {string} */ text) => {
    output += text;
    const end = /^\0(.*)\n/m.exec(output);
    if (isOver || !end || file === undefined) return;
    isOver = true;
    /** @type {Ended} */
    const ended = JSON.parse(end[1] ?? '');
    // Output that is still in the other pipe belongs to this file too.
    setImmediate(() => {
      report(file ?? '', output.replace(end[0], ''), ended, count);
      next();
    });
  };
  child.stdout?.setEncoding('utf8').on('data', append);
  child.stderr?.setEncoding('utf8').on('data', append);
  next();
  return new Promise((settle) => {
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      if (file !== undefined) {
        process.stdout.write(`${file}\n${output}\n`);
        const end = isTooLate ? `took more than ${limit / 1000} s` : `ended with ${signal ?? `exit code ${code}`}`;
        fail(count, `${file}: the process ${end}, before the file's tests ended`);
      }
      settle();
    });
  });
}

/**
 * @param {string} file
 * @param {string} output
 * @param {Ended} ended
 * @param {Count} count
 */
function report(file, output, { passed, total, skipped, exitCode, ms }, count) {
  const skips = skipped > 0 ? `, ${skipped} skipped` : '';
  process.stdout.write(`${file} (${passed} of ${total}${skips}, ${(ms / 1000).toFixed(1)} s)\n`);
  const failures = [...output.matchAll(/^ {2,3}FAIL {2,3}(.*)$/gm)].map(([, title]) => `${file}: ${title}`);
  // The dots of passing suites are useless, but the output of a test may be useful.
  const printed = output.replace(/^ .*? {2}(?:• )+ {2}\(\d+ \/ \d+\)\n/gm, '').trim();
  if (printed !== '') process.stdout.write(`${printed}\n`);
  count.passed += passed;
  count.failed += total - passed;
  count.failures.push(...failures);
  if (total + skipped === 0) fail(count, `${file}: no test was run`);
  if (exitCode !== undefined && exitCode !== 0) fail(count, `${file}: its tests set the exit code ${exitCode}`);
}

/**
 * Records a problem outside a test.
 *
 * @param {Count} count
 * @param {string} reason
 */
function fail(count, reason) {
  count.failed += 1;
  count.failures.push(reason);
}
