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

test('a signal gives the screen back, and ends the process', async () => {
  const terminal = new URL('../../../lib/command/top/terminal.ts', import.meta.url).href;
  const flags = [...typescriptFlags(), '--input-type=module', '--eval', PROGRAM, terminal];
  const child = spawn(process.execPath, flags, { stdio: ['pipe', 'pipe', 'pipe'] });
  const { stdout, signal } = await endOf(child, (shown) => shown.includes('a table') && child.kill('SIGTERM'));

  assert.is(signal, 'SIGTERM');
  assert.ok(stdout.startsWith('\u001b[?1049h'), JSON.stringify(stdout));
  assert.ok(stdout.endsWith('\u001b[?25h\u001b[?1049l'), JSON.stringify(stdout));
});

test.run();
