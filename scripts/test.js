// Runs every check and continues after a failure, so that one run shows all failures. The last line is the
// total, and CI reads it. `node scripts/test.js unit examples` runs only these steps.

import { spawnSync } from 'node:child_process';
import { relative } from 'node:path';
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

/** @type {Record<string, () => Count | Promise<Count>>} */
const steps = {
  types: () => run(binary('typescript', 'tsc'), '-p', 'tsconfig.check.json'),
  'types of the console': () => run(binary('typescript', 'tsc'), '-p', 'lib/console'),
  lint: () => run(binary('@biomejs/biome', 'biome'), 'check', '--error-on-warnings'),
  imports: () => run([process.execPath, 'scripts/check-imports.js']),
  build: () => run([process.execPath, 'scripts/build.js']),
  api: () => run([process.execPath, 'scripts/api-report.js', '--check']),
  unit: () => runTests(unitTests),
  'third-party': () => runTests(thirdPartyTests),
  'type tests': () => run(binary('typescript', 'tsc'), '-p', 'test/types'),
  'type tests of the browser': () => run(binary('typescript', 'tsc'), '-p', 'test/browser/web'),
  'type tests without monkey': () => run(binary('typescript', 'tsc'), '-p', 'test/types/plain'),
  'types of examples': () => run(binary('typescript', 'tsc'), '-p', 'test/types/examples'),
  'types of the web examples': () => run(binary('typescript', 'tsc'), '-p', 'examples/web/page'),
  publint: () => run(binary('publint', 'publint'), 'run', '--strict', '--pack', 'false'),
};
/** Steps that run only on request: see the scripts `test:…` in package.json. */
/** @type {typeof steps} */
const longSteps = {
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
    const built = run([process.execPath, 'scripts/site.js']);
    if (built.failed > 0) return built;
    const typed = run(binary('typescript', 'tsc'), '-p', 'site');
    return [built, typed].reduce(added, await runTests(siteTests));
  },
};

const asked = process.argv.slice(2);
const known = { ...steps, ...longSteps };
const unknown = asked.filter((name) => !(name in known));
if (unknown.length > 0) {
  console.error(`Unknown step ${unknown.join(', ')}. The steps are: ${Object.keys(known).join(', ')}`);
  process.exit(2);
}

/** @type {Count} */
const sum = { passed: 0, failed: 0, failures: [] };
for (const [name, step] of Object.entries(asked.length > 0 ? known : steps)) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  console.log(`\n=== ${name}`);
  const start = performance.now();
  const { passed, failed, failures } = await step();
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`=== ${name}: ${failed > 0 ? 'FAILED' : 'ok'} (${seconds} s)`);
  sum.passed += passed;
  sum.failed += failed;
  sum.failures.push(...failures);
}

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

/**
 * @param {string[]} program
 * @param {string[]} args
 * @returns {Count}
 */
function run([command = '', ...first], ...args) {
  const { status, error } = spawnSync(command, [...first, ...args], {
    cwd: root,
    stdio: 'inherit',
  });
  if (error) console.error(error.message);
  const title = ['node', relative(root, first[0] ?? ''), ...first.slice(1), ...args].join(' ');
  return status === 0 ? { passed: 1, failed: 0, failures: [] } : { passed: 0, failed: 1, failures: [title] };
}
