// Checks that the patches change nothing outside greenlets: runs Node's own test programs with all patches on, and lists each
// program that fails with the patches and passes without. See README.md beside this file.

import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { root } from '../../scripts/typescript-node.js';
import { runProgram } from './program.js';

/** @typedef {import('./program.js').Ended} Ended */
/** @typedef {'flaky' | 'way' | Ended} Verdict on a program that passed bare and failed patched; `Ended` tells how it failed */

/** What is patched. */
const PROGRAMS = /^test-(?:net|tls|dgram|dns|http|timers|promise|events|child-process|async)-.*\.m?js$/;

const REGISTER = join(root, 'dist', 'monkey', 'register.js');

/**
 * The ways to have the patches on before a program runs. Beside each stands its control, which loads the same modules of
 * Node's in the same way and patches nothing: a program that fails with that as well cannot stand the way. (With any
 * `--import` Node runs a program a little later, and after promises of its own, which programs that count them notice.)
 */
const WAYS = [
  {
    patched: ['--import', pathToFileURL(REGISTER).href],
    control: ['--import', new URL('control.mjs', import.meta.url).href],
  },
  {
    patched: ['--require', REGISTER],
    control: ['--require', fileURLToPath(new URL('node-modules.mjs', import.meta.url))],
  },
];

/** How often a program that failed patched gets another chance. */
const CHANCES = 2;

/** Lines of the output of a failing program that are shown. */
const SHOWN = 30;

/** How many run at once. Most of their time they wait, so there may be more than cores. */
const jobs = Number(process.env.NODE_CORE_JOBS ?? availableParallelism() + 2);

const place = { source: resolve(process.env.NODE_SOURCE ?? ''), scratch: '' };

/** Milliseconds that a program may take, and, once it has passed bare, what it may take beyond ten times that. */
const LIMIT = 60_000;
const SPARE = 20_000;

if (!process.env.NODE_SOURCE) {
  console.log('node-core: NODE_SOURCE is not a source tree of Node, so its test programs do not run');
  console.log('0 passed, 0 failed');
} else {
  place.scratch = mkdtempSync(join(tmpdir(), 'greenhub-node-core-'));
  try {
    process.exitCode = await main(process.argv[2] ?? '');
  } finally {
    rmSync(place.scratch, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** @param {string} pattern part of a name, or a regular expression over it */
async function main(pattern) {
  const programs = selected(new RegExp(pattern));
  if (programs.length === 0) return failure(`${place.source} has no such test program`);
  if (!existsSync(REGISTER)) return failure('dist is missing: run "npm run build"');
  console.log(
    `node-core: ${programs.length} programs of Node ${sourceVersion()} on ${process.version}, ${jobs} at once`,
  );

  const patched = await runAll(programs, WAYS[0]?.patched);
  const passed = programs.filter((name) => patched.get(name)?.outcome === 'passed');
  // A program that passes with the patches is no regression and needs no bare run, which halves the time.
  const suspects = programs.filter((name) => patched.get(name)?.outcome !== 'passed');
  const bare = await runAll(suspects, []);
  /** @param {Ended['outcome']} outcome */
  const bareOnes = (outcome) => suspects.filter((name) => bare.get(name)?.outcome === outcome);
  if (bareOnes('failed').length > programs.length / 2) {
    return failure(`most programs fail without patches too: this tree is not for Node ${process.version}`);
  }
  /** @type {Map<string, Verdict>} */
  const verdicts = new Map();
  for (const name of bareOnes('passed')) {
    verdicts.set(name, await judge(name, SPARE + 10 * (bare.get(name)?.time ?? 0)));
  }

  list('skip themselves', bareOnes('skipped'));
  list('also fail without the patches; not counted', bareOnes('failed'));
  list(
    'are flaky; not counted',
    [...verdicts.keys()].filter((name) => verdicts.get(name) === 'flaky'),
  );
  list(
    'fail with a control that patches nothing; not counted',
    [...verdicts.keys()].filter((name) => verdicts.get(name) === 'way'),
  );
  const regressions = [...verdicts].filter(([, verdict]) => typeof verdict === 'object');
  list(
    'pass without the patches and fail with them',
    regressions.map(([name]) => name),
  );
  for (const [name, ended] of regressions) show(name, /** @type {Ended} */ (ended));
  console.log(`${passed.length} passed, ${regressions.length} failed`);
  return regressions.length > 0 ? 1 : 0;
}

/** @param {RegExp} pattern */
function selected(pattern) {
  const folder = join(place.source, 'test', 'parallel');
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => PROGRAMS.test(name) && pattern.test(name))
    .sort();
}

/** @param {string} reason */
function failure(reason) {
  console.error(`node-core: ${reason}`);
  console.log('0 passed, 1 failed');
  return 1;
}

function sourceVersion() {
  const file = join(place.source, 'src', 'node_version.h');
  if (!existsSync(file)) return '(of unknown version)';
  const text = readFileSync(file, 'utf8');
  return ['MAJOR', 'MINOR', 'PATCH'].map((part) => new RegExp(`NODE_${part}_VERSION (\\d+)`).exec(text)?.[1]).join('.');
}

/**
 * @param {string[]} names
 * @param {string[]} [flags]
 * @returns {Promise<Map<string, Ended>>}
 */
async function runAll(names, flags = []) {
  const results = new Map();
  const rest = names.values();
  const worker = async () => {
    for (const name of rest) results.set(name, await runProgram(place, name, flags, LIMIT));
  };
  await Promise.all(Array.from({ length: jobs }, worker));
  return results;
}

/**
 * What is behind a program's failure, found by running it again, by itself.
 *
 * @param {string} name
 * @param {number} limit
 * @returns {Promise<Verdict>}
 */
async function judge(name, limit) {
  for (const { patched, control } of WAYS) {
    const failed = await steadyFailure(name, patched, limit);
    if (failed === undefined) return patched === WAYS[0]?.patched ? 'flaky' : 'way';
    if ((await steadyFailure(name, control, limit)) === undefined) {
      return (await steadyFailure(name, [], limit)) === undefined ? failed : 'flaky';
    }
  }
  return 'way';
}

/**
 * How a program fails each time; undefined if it passes once.
 *
 * @param {string} name
 * @param {string[]} flags
 * @param {number} limit
 * @returns {Promise<Ended | undefined>}
 */
async function steadyFailure(name, flags, limit) {
  let last;
  for (let chance = 0; chance < CHANCES; chance += 1) {
    last = await runProgram(place, name, flags, limit);
    if (last.outcome === 'passed') return undefined;
  }
  return last;
}

/**
 * @param {string} what
 * @param {string[]} names
 */
function list(what, names) {
  console.log(`node-core: ${names.length} ${what}${names.length > 0 ? ':' : ''}`);
  for (const name of names) console.log(`  ${name}`);
}

/**
 * @param {string} name
 * @param {Ended} ended
 */
function show(name, { end, output }) {
  console.log(`\n--- ${name}: ${end}\n${output.split('\n').slice(-SHOWN).join('\n')}`);
}
