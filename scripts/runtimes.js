// `npm run test:runtimes`: greenhub on other runtimes than the current Node. It installs Deno, Bun and workerd from npm into a scratch
// folder (or uses the folder RUNTIMES), and runs
//
//     deno, bun   the unit tests of the core, the contract of the core, 1,000 explored schedules, and greenhub/net and monkey on
//                 their Node layers (test/runtimes/node-layer.test.ts)
//     workerd     test/runtimes/workerd.test.ts: requests at once, and what one does to another
//     chromium, firefox
//                 the core in a page (test/runtimes/in-page.ts); skipped if the browser is not installed
//     node-20 … node-26
//                 the same tests as for Deno and Bun, on each line of Node; only on request
//
// A test that cannot hold on a runtime counts as skipped, and its reason is printed. Each run also checks that the table in README.md
// names what is tested here. To run some parts only: `node scripts/runtimes.js deno node-22`. With `--save`, the run writes its numbers
// into the table.

import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { buildIfStale } from './build-if-stale.js';
import { known } from './runtimes-known.js';
import { missingIn, save, textOf } from './runtimes-table.js';
import { root } from './typescript-node.js';
import { nameFailures, runTests } from './unit.js';

/** @typedef {import('./unit.js').Count} Count */
/** @typedef {{ file: string, passed: number, skipped: number, total: number, notHere: { test: string, reason: string }[] }} Ended */

const versions = { deno: '2.9.6', bun: '1.4.5', miniflare: '4.20260426.0' };
/** @type {Record<string, string>} */
const nodes = { 'node-20': '20.18.1', 'node-22': '22.23.5', 'node-24': '24.22.3', 'node-26': '26.12.1' };

/** How long one process of tests may take, in milliseconds. */
const LIMIT = 400_000;

/** The tests of the core, by their paths below test/. Those of the contract that need no server of Node. */
const coreTests =
  /^(?:greenlet|hub|sync|pool|explore)\/|^runtimes\/node-layer|^contract\/(?:asked-once|deciding|due-order|foreign-cleanup|handed-over|hub|iterator-protocol|misled|pool|sync|told|unlink|used-twice)\./;

/** The line at the end of a file. */
const END = /^\0(.*)\n/m;

const given = process.env.RUNTIMES;
const folder = given ?? mkdtempSync(join(tmpdir(), 'runtimes-'));

/** Together about 1,100 schedules, 350 of them of random programs. */
const DEPTH = '0.007';

/**
 * @typedef {import('./runtimes-table.js').Row & { run: () => Promise<Count>, isAsked?: true }} Part `isAsked` is set for what runs only
 *   on request
 */

const coreParts = 'unit tests and contract of the core, explored schedules, `greenhub/net`, `greenhub/monkey`';
const page = 'the core in a page, 1,000 explored schedules';

/** @type {Record<string, Part>} */
const parts = {
  deno: {
    runtime: `Deno ${versions.deno}`,
    tests: coreParts,
    run: () => core('Deno', [bin('.bin/deno'), 'run', '--allow-all', '--quiet', '--v8-flags=--expose-gc']),
  },
  bun: { runtime: `Bun ${versions.bun}`, tests: coreParts, run: () => core('Bun', [bin('.bin/bun')]) },
  workerd: {
    runtime: `workerd (miniflare ${versions.miniflare})`,
    tests: 'the core with 100 requests at once, each in its own context',
    run: () => runTests('^runtimes/workerd'),
  },
  chromium: { runtime: 'Chromium, headless', tests: page, run: () => runTests('^runtimes/chromium') },
  firefox: { runtime: 'Firefox, headless', tests: page, run: () => runTests('^runtimes/firefox') },
};
for (const [name, version] of Object.entries(nodes)) {
  const command = [bin(`${name}/bin/node`), '--import', import.meta.resolve('tsx'), '--enable-source-maps'];
  parts[name] = { runtime: `Node ${version}`, tests: coreParts, run: () => core('Node', command), isAsked: true };
}

/** These run at the same time: they wait for other processes, and for a second in which nothing happens. */
const together = ['workerd', 'chromium', 'firefox'];

const args = process.argv.slice(2);
const asked = args.filter((name) => name !== '--save');
const unknown = asked.filter((name) => !(name in parts));
if (unknown.length > 0) {
  console.error(`Unknown runtime ${unknown.join(', ')}. They are: ${Object.keys(parts).join(', ')}`);
  process.exit(2);
}
const chosen = Object.keys(parts).filter((name) =>
  asked.length > 0 ? asked.includes(name) : parts[name]?.isAsked !== true,
);

/** @type {Count} */
const sum = { passed: 0, failed: 0, failures: [] };
try {
  buildIfStale();
  if (given === undefined) install();
  process.env.RUNTIMES = folder;
  for (const name of chosen) if (!together.includes(name)) await runPart(name);
  await Promise.all(chosen.filter((name) => together.includes(name)).map(runPart));
} finally {
  if (given === undefined) rmSync(folder, { recursive: true, force: true });
}
checkTable();
nameFailures(sum);
console.log(`${sum.passed} passed, ${sum.failed} failed`);
process.exitCode = sum.failed > 0 ? 1 : 0;

/** @param {string} name */
async function runPart(name) {
  const part = /** @type {Part} */ (parts[name]);
  console.log(`\n=== ${name}`);
  const start = performance.now();
  const { passed, failed, failures } = await part.run();
  // A browser that is not installed.
  if (passed + failed > 0) part.passed = passed;
  console.log(`=== ${name}: ${passed} passed, ${failed} failed (${((performance.now() - start) / 1000).toFixed(0)} s)`);
  sum.passed += passed;
  sum.failed += failed;
  sum.failures.push(...failures);
}

/** The table in README.md must name what is tested here. Its rows are printed. */
function checkTable() {
  const rows = Object.values(parts);
  console.log(`\n${chosen.map((name) => textOf(/** @type {Part} */ (parts[name]))).join('\n')}`);
  const missing = missingIn(rows);
  if (missing.length === 0) sum.passed += 1;
  for (const row of missing) fail(sum, `README.md has no row ${row}`);
  if (args.includes('--save')) save(rows);
}

function install() {
  const npm = ['install', '--prefix', folder, '--no-save', '--no-audit', '--no-fund'];
  npm.push(...Object.entries(versions).map(([name, version]) => `${name}@${version}`));
  // Node's own package, for this system. All its versions have one name, so each gets another.
  const host = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
  for (const name of asked) if (name in nodes) npm.push(`${name}@npm:${host}@${nodes[name]}`);
  const { status } = spawnSync('npm', npm, { stdio: 'inherit' });
  if (status !== 0) throw new Error('npm could not install the runtimes');
}

/** @param {string} path */
function bin(path) {
  return join(folder, 'node_modules', path);
}

/**
 * Runs the tests of the core in one process for each room, two at a time.
 *
 * @param {string} runtime
 * @param {string[]} command
 * @returns {Promise<Count>}
 */
async function core(runtime, command) {
  const files = readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' })
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => file.endsWith('.test.ts') && coreTests.test(file))
    .sort();
  const rooms = inProcesses(runtime, files);
  /** @type {Count & { reasons: Map<string, number> }} */
  const count = { passed: 0, failed: 0, failures: [], reasons: new Map() };
  const next = async () => {
    for (let room = rooms.shift(); room !== undefined; room = rooms.shift())
      await runRoom(runtime, command, room, count);
  };
  await Promise.all([next(), next()]);
  for (const [reason, times] of count.reasons) console.log(`${times} skipped on ${runtime}: ${reason}`);
  return count;
}

/**
 * Deno and Node take long to start and run a room in each process. Bun is quick, so each file has a process of its own.
 *
 * @param {string} runtime
 * @param {string[]} files
 */
function inProcesses(runtime, files) {
  if (runtime === 'Bun') return files.map((file) => [file]);
  /** @type {Map<string, string[]>} */
  const rooms = new Map();
  for (const file of files) {
    const [room = ''] = file.split('/');
    rooms.set(room, [...(rooms.get(room) ?? []), file]);
  }
  return [...rooms.values()];
}

/**
 * @param {string} runtime
 * @param {string[]} command
 * @param {string[]} files
 * @param {Count & { reasons: Map<string, number> }} count
 * @returns {Promise<void>} when the process has ended
 */
function runRoom(runtime, [program = '', ...flags], files, count) {
  const left = files.map((file) => join(root, 'test', file));
  const child = spawn(program, [...flags, join(root, 'scripts/runtime-worker.js'), ...left], {
    cwd: root,
    env: { ...process.env, GREENHUB_DEPTH: DEPTH },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const limit = setTimeout(() => child.kill('SIGKILL'), LIMIT);
  let output = '';
  const append = (/** @type {string} */ text) => {
    output += text;
    for (let end = END.exec(output); end !== null; end = END.exec(output)) {
      report(runtime, JSON.parse(end[1] ?? ''), output.slice(0, end.index), count);
      output = output.slice(end.index + end[0].length);
      left.shift();
    }
  };
  child.stdout.setEncoding('utf8').on('data', append);
  child.stderr.setEncoding('utf8').on('data', append);
  return new Promise((settle) => {
    child.on('close', (code, signal) => {
      clearTimeout(limit);
      const [file] = left;
      if (file !== undefined) {
        console.log(output);
        fail(
          count,
          `${runtime}: ${relative(root, file)}: the process ended with ${signal ?? code} before its tests did`,
        );
      }
      settle();
    });
  });
}

/**
 * @param {string} runtime
 * @param {Ended} ended
 * @param {string} output
 * @param {Count & { reasons: Map<string, number> }} count
 */
function report(runtime, { file, passed, skipped, total, notHere }, output, count) {
  const name = relative(join(root, 'test'), file);
  const failures = [...output.matchAll(/^ {2,3}FAIL {2,3}(.*)$/gm)].map(([, title = '']) => title);
  const excused = failures.map((title) => known(runtime, `${name}: ${title}`));
  for (const { reason } of notHere) skip(count, reason);
  for (const reason of excused) if (reason !== undefined) skip(count, reason);
  const unexpected = failures.filter((_, i) => excused[i] === undefined);
  for (const title of unexpected) fail(count, `${runtime}: ${name}: ${title}`);
  if (unexpected.length > 0) console.log(`${name}\n${output}`);
  // A failure without a title would go unnoticed.
  if (failures.length !== total - passed) fail(count, `${runtime}: ${name}: ${total - passed} tests failed`);
  count.passed += passed - notHere.length;
  const skips = skipped + notHere.length + failures.length - unexpected.length;
  console.log(`${runtime} ${name} (${passed - notHere.length} of ${total}${skips > 0 ? `, ${skips} skipped` : ''})`);
}

/**
 * @param {Count & { reasons: Map<string, number> }} count
 * @param {string} reason
 */
function skip({ reasons }, reason) {
  reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
}

/**
 * @param {Count} count
 * @param {string} reason
 */
function fail(count, reason) {
  count.failed += 1;
  count.failures.push(reason);
}
