// Tests the package under common test runners: `npm run test:runners`. Each runner has a small project here, which runs with the
// packed package: tests that pass, a test that fails, the runner's fake timers, and a test that deadlocks.

import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runProgram, Table, withPacked } from '../packed/packed.js';

const here = fileURLToPath(new URL('.', import.meta.url));

const packages = ['jest@30.5.2', 'vitest@4.1.12', 'vite@6.4.6', 'mocha@12.0.3', '@sinonjs/fake-timers@15.5.0'];

/**
 * @typedef {object} Runner
 * @property {string} name
 * @property {string} project the folder
 * @property {string[]} command for Node, in that folder; the test file follows
 * @property {NodeJS.ProcessEnv} [env]
 * @property {RegExp} deadlock what it says of a test that waits for what never comes
 * @property {RegExp} oneOfEach what it says where one test has passed and one has failed
 */

/** @type {Runner[]} */
const runners = [
  {
    name: `node:test of Node ${process.versions.node}`,
    project: 'node-test',
    command: ['--test'],
    deadlock: /LoopExit/,
    oneOfEach: /pass 1\n.*fail 1\n/s,
  },
  {
    name: 'jest',
    project: 'jest',
    command: ['../node_modules/jest/bin/jest.js'],
    env: { NODE_OPTIONS: '--experimental-vm-modules' },
    deadlock: /Exceeded timeout of 2000 ms/,
    oneOfEach: /1 failed, 1 passed, 2 total/,
  },
  {
    name: 'vitest',
    project: 'vitest',
    command: ['../node_modules/vitest/vitest.mjs', 'run'],
    deadlock: /Test timed out in 2000ms/,
    oneOfEach: /1 failed \| 1 passed/,
  },
  {
    name: 'mocha',
    project: 'mocha',
    command: ['../node_modules/mocha/bin/mocha.js', '--timeout', '60000'],
    deadlock: /Timeout of 2000ms exceeded/,
    oneOfEach: /1 passing.*1 failing/s,
  },
];

/** @type {{ file: string, what: string, passes: boolean, says: (runner: Runner) => RegExp[] }[]} */
const cases = [
  { file: 'passing', what: 'greenlets and a virtual clock', passes: true, says: () => [] },
  { file: 'clock', what: 'fake timers of the runner', passes: true, says: () => [] },
  {
    file: 'failing',
    what: 'a failing greenlet',
    passes: false,
    says: ({ oneOfEach }) => [/a greenlet fails/, /one is not two/, oneOfEach],
  },
  { file: 'deadlock', what: 'a deadlock', passes: false, says: ({ deadlock, oneOfEach }) => [deadlock, oneOfEach] },
];

await withPacked(packages, async (folder) => {
  const table = new Table();
  for (const runner of runners) {
    await cp(join(here, runner.project), join(folder, runner.project), { recursive: true });
    for (const { file, what, passes, says } of cases) {
      table.add(`${runner.name}: ${what}`, () => tryOut(folder, runner, `${file}.test.js`, passes, says(runner)));
    }
  }
  await table.run();
});

/**
 * @param {string} folder
 * @param {Runner} runner
 * @param {string} file
 * @param {boolean} passes
 * @param {RegExp[]} says
 */
async function tryOut(folder, { project, command, env }, file, passes, says) {
  const { code, output } = await runProgram(process.execPath, [...command, file], {
    cwd: join(folder, project),
    env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined, ...env },
  });
  const missing = says.filter((expected) => !expected.test(output));
  if ((code === 0) === passes && missing.length === 0) return null;
  return `exit code ${code}, without ${missing.map(String).join(', ') || 'anything missing'}\n${output}`;
}
