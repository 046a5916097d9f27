// Runs one of Node's own test programs as Node's tools/test.py would: from the root of the source tree, with the flags
// that the program asks for, and with its own temporary directory, so that several can run at the same time.

import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';

/**
 * @typedef {object} Ended
 * @property {'passed' | 'skipped' | 'failed'} outcome
 * @property {string} end how it ended: `exit code 1`, `signal SIGKILL`, …
 * @property {string} output its output, stderr last; only the end if it is long
 * @property {number} time how long it took in milliseconds
 */

/**
 * @typedef {object} Place where programs run
 * @property {string} source the root of Node's source tree
 * @property {string} scratch a directory for all their files
 */

/** How many characters of each stream are kept. */
const KEPT = 20_000;

/** How many milliseconds the output of an ended program may stay open. A grandchild could hold it forever. */
const GRACE = 2_000;

/** The number of each run. test/common uses it in the names of files and pipes. */
let serial = 0;

/**
 * @param {Place} place
 * @param {string} name a file in test/parallel
 * @param {string[]} flags for Node, before those of the program
 * @param {number} limit milliseconds after which it is killed
 * @returns {Promise<Ended>}
 */
export function runProgram({ source, scratch }, name, flags, limit) {
  const file = join(source, 'test', 'parallel', name);
  const start = performance.now();
  serial += 1;
  const child = spawn(process.execPath, [...flags, ...flagsOf(file), file], {
    cwd: source,
    env: { ...plainEnvironment(), NODE_TEST_DIR: scratch, TEST_SERIAL_ID: `${serial}`, TEST_PARALLEL: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
    // Its own process group, so that its children end with it.
    detached: true,
  });
  const stdout = keepEnd(child.stdout);
  const stderr = keepEnd(child.stderr);
  return new Promise((settle) => {
    let isLate = false;
    const clock = setTimeout(() => {
      isLate = true;
      killGroup(child.pid);
    }, limit);
    child.on('error', (error) => settle({ outcome: 'failed', end: error.message, output: '', time: 0 }));
    child.on('exit', (code, signal) => {
      clearTimeout(clock);
      killGroup(child.pid);
      const finish = () => {
        clearTimeout(grace);
        child.stdout.destroy();
        child.stderr.destroy();
        const passed = /^1\.\.0 # Skipped/m.test(stdout.text) ? 'skipped' : 'passed';
        const end = isLate
          ? `killed after ${Math.round(limit / 1000)} s`
          : signal
            ? `signal ${signal}`
            : `exit code ${code}`;
        const output = `${stdout.text}${stderr.text}`.trimEnd();
        settle({ outcome: code === 0 ? passed : 'failed', end, output, time: performance.now() - start });
      };
      const grace = setTimeout(finish, GRACE);
      child.on('close', finish);
    });
  });
}

/** The flags that a program asks for in a comment. @param {string} file */
function flagsOf(file) {
  const flags = /\/\/\s+Flags:(.*)/.exec(readFileSync(file, 'utf8'))?.[1]?.trim();
  return flags ? flags.split(/\s+/) : [];
}

/** Our environment without the variables of npm, a proxy or a terminal, which break some programs. */
function plainEnvironment() {
  const foreign = /^(?:npm_.*|NODE_.*|.*_proxy|(?:NO|FORCE)_COLOR|GREENHUB_DEBUG)$/i;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name)));
}

/** @param {import('node:stream').Readable} stream */
function keepEnd(stream) {
  const kept = { text: '' };
  stream.setEncoding('utf8').on('data', (text) => {
    kept.text = `${kept.text}${text}`.slice(-KEPT);
  });
  return kept;
}

/** @param {number | undefined} pid */
function killGroup(pid) {
  if (pid === undefined) return;
  try {
    process.kill(-pid, constants.signals.SIGKILL);
  } catch {
    // The whole group has already ended.
  }
}
