// Runs every check and continues after a failure, so that one run shows all failures. The last line is the
// total, and CI reads it. The checks run beside each other and beside the tests. `node scripts/test.js unit examples` runs only these steps.

import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { binary } from './binary.js';
import { buildIfStale } from './build-if-stale.js';
import { root } from './typescript-node.js';
import {
  browserTests,
  exampleTests,
  exploreTests,
  nameFailures,
  nodeTests,
  processTests,
  programTests,
  runTests,
  siteTests,
  thirdPartyTests,
  unitTests,
} from './unit.js';

/** @typedef {import('./unit.js').Count} Count */

/** Programs that check the sources, and the build. They run side by side. */
/** @type {Record<string, string[]>} */
const sourceChecks = {
  types: [...binary('typescript', 'tsc'), '-p', 'tsconfig.check.json'],
  build: [process.execPath, 'scripts/build.js'],
  'types of the console': [...binary('typescript', 'tsc'), '-p', 'lib/console'],
  lint: [...binary('@biomejs/biome', 'biome'), 'check', '--error-on-warnings'],
  imports: [process.execPath, 'scripts/check-imports.js'],
};
/** Programs that check what was built. They run one after the other, beside the tests. */
/** @type {Record<string, string[]>} */
const buildChecks = {
  api: [process.execPath, 'scripts/api-report.js', '--check'],
  'type tests': [...binary('typescript', 'tsc'), '-p', 'test/types'],
  'type tests of the browser': [...binary('typescript', 'tsc'), '-p', 'test/browser/web'],
  'type tests without monkey': [...binary('typescript', 'tsc'), '-p', 'test/types/plain'],
  'types of examples': [...binary('typescript', 'tsc'), '-p', 'test/types/examples'],
  'types of the web examples': [...binary('typescript', 'tsc'), '-p', 'examples/web/page'],
  publint: [...binary('publint', 'publint'), 'run', '--strict', '--pack', 'false'],
};
/** Steps that run only on request: see the scripts `test:…` in package.json. */
/** @type {Record<string, () => Promise<Count>>} */
const longSteps = {
  'third-party': () => runTests(thirdPartyTests),
  examples: () => runTests(exampleTests),
  programs: () => runTests(programTests),
  node: () => runTests(nodeTests),
  explore: () => runTests(exploreTests),
  processes: () => runTests(processTests),
  browser: () => {
    buildIfStale();
    return runTests(browserTests);
  },
  site: async () => {
    const built = await check('building the site', [process.execPath, 'scripts/site.js']);
    if (built.failed > 0) return built;
    const typed = await check('types of the site', [...binary('typescript', 'tsc'), '-p', 'site']);
    return [built, typed].reduce(added, await runTests(siteTests));
  },
};
/** @type {typeof longSteps} */
const tests = { unit: () => runTests(unitTests), ...longSteps };

const known = Object.keys({ ...sourceChecks, ...buildChecks, ...tests });
const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !known.includes(name));
if (unknown.length > 0) {
  console.error(`Unknown step ${unknown.join(', ')}. The steps are: ${known.join(', ')}`);
  process.exit(2);
}

const sum = [
  ...(await runChecks(sourceChecks, availableParallelism())),
  ...(await Promise.all([runChecks(buildChecks, 1), runSteps()])).flat(),
].reduce(added, { passed: 0, failed: 0, failures: [] });
nameFailures(sum);
console.log(`${sum.passed} passed, ${sum.failed} failed`);
process.exitCode = sum.failed > 0 ? 1 : 0;

/**
 * @param {Count} one
 * @param {Count} other
 * @returns {Count}
 */
function added(one, other) {
  return {
    passed: one.passed + other.passed,
    failed: one.failed + other.failed,
    failures: [...one.failures, ...other.failures],
  };
}

/** @param {string} name */
function isWanted(name) {
  return asked.length > 0 ? asked.includes(name) : !(name in longSteps);
}

/**
 * @param {typeof sourceChecks} checks
 * @param {number} lanes how many run at a time
 * @returns {Promise<Count[]>}
 */
async function runChecks(checks, lanes) {
  const waiting = Object.entries(checks).filter(([name]) => isWanted(name));
  /** @type {Count[]} */
  const counts = [];
  const lane = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) counts.push(await check(...next));
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return counts;
}

/** @returns {Promise<Count[]>} */
async function runSteps() {
  /** @type {Count[]} */
  const counts = [];
  for (const [name, step] of Object.entries(tests)) {
    if (!isWanted(name)) continue;
    console.log(`\n=== ${name}`);
    const start = performance.now();
    const count = await step();
    report(name, count, start);
    counts.push(count);
  }
  return counts;
}

/**
 * Runs a program, and prints its output once it has ended.
 *
 * @param {string} name
 * @param {string[]} program with its arguments
 * @returns {Promise<Count>}
 */
async function check(name, [command = '', ...args]) {
  const start = performance.now();
  let output = '';
  const append = (/** @type {string} */ text) => {
    output += text;
  };
  const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.setEncoding('utf8').on('data', append);
  child.stderr.setEncoding('utf8').on('data', append);
  const hasPassed = await new Promise((settle) => {
    child.on('error', (error) => append(`${error.message}\n`));
    child.on('close', (code) => settle(code === 0));
  });
  process.stdout.write(`\n${output}`);
  /** @type {Count} */
  const count = hasPassed ? { passed: 1, failed: 0, failures: [] } : { passed: 0, failed: 1, failures: [name] };
  report(name, count, start);
  return count;
}

/**
 * @param {string} name
 * @param {Count} count
 * @param {number} start
 */
function report(name, { failed }, start) {
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`=== ${name}: ${failed > 0 ? 'FAILED' : 'ok'} (${seconds} s)`);
}
