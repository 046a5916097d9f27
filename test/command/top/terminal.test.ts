import { spawn } from 'node:child_process';
import * as assert from 'uvu/assert';
import { typescriptFlags } from '../../../scripts/typescript-node.js';
import { endOf } from '../../support/ending.ts';
import { suite } from '../../support/harness.ts';

const test = suite('command/top/terminal');

/** Takes the screen, as far as a process without a terminal can. */
const PROGRAM = `
  const { OwnTerminal } = await import(process.argv[1]);
  process.stdin.setRawMode = () => process.stdin;
  new OwnTerminal().show([{ text: 'a table', isMarked: false }]);
  setInterval(() => {}, 1_000);`;

/** Waits for keys, before there is anything to show. */
const WAITING = `
  const { OwnTerminal } = await import(process.argv[1]);
  process.stdin.setRawMode = (isRaw) => console.log(isRaw ? 'raw' : 'as before');
  new OwnTerminal().onKey(() => {});`;

function run(program: string, awaited: string) {
  const terminal = new URL('../../../lib/command/top/terminal.ts', import.meta.url).href;
  const flags = [...typescriptFlags(), '--input-type=module', '--eval', program, terminal];
  const child = spawn(process.execPath, flags, { stdio: ['pipe', 'pipe', 'pipe'] });
  return endOf(child, (shown) => shown.includes(awaited) && child.kill('SIGTERM'));
}

test('a signal gives the keys back before anything was shown', async () => {
  const { stdout, signal } = await run(WAITING, 'raw');

  assert.is(signal, 'SIGTERM');
  assert.is(stdout, 'raw\nas before\n');
});

test('a signal gives the screen back, and ends the process', async () => {
  const { stdout, signal } = await run(PROGRAM, 'a table');

  assert.is(signal, 'SIGTERM');
  assert.ok(stdout.startsWith('\u001b[?1049h'), JSON.stringify(stdout));
  assert.ok(stdout.endsWith('\u001b[?25h\u001b[?1049l'), JSON.stringify(stdout));
});

test.run();
