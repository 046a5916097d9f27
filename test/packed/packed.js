// What the matrices share: the package as a user gets it, installed in a folder of its own beside others, and checks in a table.

import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../../scripts/typescript-node.js';

/** @typedef {{ code: number, output: string }} Ended */

/** A program that takes longer, in milliseconds, hangs. */
const LIMIT = 180_000;

/**
 * Runs a program to its end; its output is both streams together.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd: string, env?: NodeJS.ProcessEnv }} options
 * @returns {Promise<Ended>}
 */
export function runProgram(command, args, { cwd, env = process.env }) {
  return new Promise((settle) => {
    const child = spawn(command, args, {
      cwd,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: LIMIT,
      killSignal: 'SIGKILL',
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        output += text;
      });
    }
    child.on('error', (error) => settle({ code: 127, output: String(error) }));
    child.on('close', (code, signal) =>
      settle({ code: code ?? 128, output: signal ? `${output}\nended by ${signal}` : output }),
    );
  });
}

/**
 * Packs the package, or takes the one that TARBALL names, and installs it, with others, in a new folder. `use` gets that folder and
 * the path of the tarball. What was made here is removed afterwards.
 *
 * @param {string[]} packages as `npm install` takes them
 * @param {(folder: string, tarball: string) => Promise<void>} use
 */
export async function withPacked(packages, use) {
  const scratch = await mkdtemp(join(tmpdir(), 'greenhub-'));
  try {
    const folder = join(scratch, 'project');
    await mkdir(folder);
    const tarball = process.env.TARBALL ?? (await pack(scratch));
    await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
    const flags = ['--no-save', '--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error'];
    await must('npm', ['install', ...flags, tarball, ...packages], { cwd: folder });
    await use(folder, tarball);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/**
 * @param {string} folder
 * @returns {Promise<string>} the path of the tarball
 */
async function pack(folder) {
  await must('npm', ['pack', '--silent', '--pack-destination', folder], { cwd: root });
  return join(folder, (await readdir(folder)).find((name) => name.endsWith('.tgz')) ?? '');
}

/**
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd: string }} options
 */
async function must(command, args, options) {
  const { code, output } = await runProgram(command, args, options);
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} failed:\n${output}`);
}

/** Checks with their results, as a table. */
export class Table {
  /** @type {{ name: string, error: string | null }[]} */
  #rows = [];
  /** @type {{ name: string, check: () => Promise<string | null> }[]} */
  #checks = [];

  /**
   * @param {string} name
   * @param {() => Promise<string | null>} check gives what is wrong, or null
   */
  add(name, check) {
    this.#checks.push({ name, check });
  }

  /** Runs the checks, two at a time, and prints the table, what failed, and the sum as the last line. */
  async run() {
    const waiting = [...this.#checks];
    const worker = async () => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        const { name, check } = next;
        const error = await check().catch(String);
        this.#rows.push({ name, error });
        console.log(`${error === null ? 'ok    ' : 'FAILED'}  ${name}`);
      }
    };
    await Promise.all([worker(), worker()]);
    const failed = this.#rows.filter(({ error }) => error !== null);
    for (const { name, error } of failed) console.log(`\n=== ${name}\n${error}`);
    console.log(`${this.#rows.length - failed.length} passed, ${failed.length} failed`);
    process.exitCode = failed.length > 0 ? 1 : 0;
  }
}

/**
 * What is wrong with how a program has ended: null if it ended well and printed the text.
 *
 * @param {Ended} ended
 * @param {string} [text]
 */
export function wrongEnd({ code, output }, text = '') {
  return code === 0 && output.includes(text) ? null : `exit code ${code}\n${output}`;
}
