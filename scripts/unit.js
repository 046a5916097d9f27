// Runs test files with uvu: `npm run test:unit [pattern]`, the pattern being part of a path (or a
// regular expression over it). uvu prints no summary where a test never ends or the process dies, and
// skips in silence a file that forgets to call run(); both count as failures here.

import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { binary } from './binary.js';
import { root, typescriptFlags } from './typescript-node.js';

/** @typedef {{ passed: number, failed: number }} Count */

export const unitTests = '^(?!examples/|third-party/)';
export const exampleTests = '^examples/';
/** Libraries of others, on real servers. */
export const thirdPartyTests = '^third-party/';

const limit = 15 * 60_000;

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const pattern = process.argv[2]?.replace(/^(?:\.\/)?test\//, '') ?? unitTests;
  const { passed, failed } = await runTests(pattern);
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed > 0 ? 1 : 0;
}

/**
 * Runs the test files whose path below test/ matches, all in one process. Whatever goes wrong
 * outside a test counts as one failure more.
 *
 * @param {string} pattern
 * @returns {Promise<Count>}
 */
export async function runTests(pattern) {
  const selected = new RegExp(`^(?=.*\\.test\\.ts$).*?(?:${pattern})`, 'i');
  const files = testFiles().filter((file) => selected.test(file));
  if (files.length === 0) return failure(`no test file matches ${pattern}`);
  const silent = files.filter((file) => !/\.run\(\)/.test(readTest(file)));
  for (const file of silent) failure(`test/${file} never calls run(), so uvu skips its tests`);

  const { output, end } = await runUvu(selected.source);
  const count = countOf(output);
  if (!count) return failure(`uvu ended without a summary (${end})`);
  if (count.passed + count.failed === 0) return failure('uvu found no test in the files');
  const crashed = end !== 'exit code 0' && count.failed === 0;
  if (crashed) failure(`every test passed, but uvu ended with ${end}`);
  return { passed: count.passed, failed: count.failed + silent.length + (crashed ? 1 : 0) };
}

function testFiles() {
  return readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' })
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => file.endsWith('.test.ts'))
    .sort();
}

/** @param {string} file */
function readTest(file) {
  return readFileSync(join(root, 'test', file), 'utf8');
}

/**
 * @param {string} pattern
 * @returns {Promise<{ output: string, end: string }>}
 */
function runUvu(pattern) {
  const [node, ...uvu] = binary('uvu', 'uvu');
  const child = spawn(node, [...typescriptFlags(), ...uvu, '--no-color', 'test', pattern], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: limit,
    killSignal: 'SIGKILL',
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    process.stdout.write(text);
    output += text;
  });
  return new Promise((settle) => {
    child.on('close', (code, signal) => {
      settle({ output, end: signal ? `signal ${signal}` : `exit code ${code}` });
    });
  });
}

/**
 * Reads uvu's closing lines. It has none for failures, and its total leaves out what was skipped.
 *
 * @param {string} output
 * @returns {Count | undefined}
 */
function countOf(output) {
  const plain = stripVTControlCharacters(output);
  const summary = /^ {2}Total: +(\d+)\n {2}Passed: +(\d+)\n {2}Skipped: +\d+$/gm;
  const last = [...plain.matchAll(summary)].at(-1);
  if (!last) return undefined;
  const [total = 0, passed = 0] = last.slice(1).map(Number);
  return { passed, failed: total - passed };
}

/**
 * @param {string} reason
 * @returns {Count}
 */
function failure(reason) {
  console.error(`unit: ${reason}`);
  return { passed: 0, failed: 1 };
}
