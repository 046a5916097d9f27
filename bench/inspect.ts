/**
 * `npm run bench inspect [-- --rounds 60] [record | stats | watchBlocking | 'spawn channel']`: what each tool of greenhub/inspect costs
 * while it is on, in nanoseconds for each operation. The price of reading the clock is most of it.
 */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { typescriptFlags } from '../scripts/typescript-node.js';
import { chosen } from './helper.ts';
import type { Costs } from './inspect-worker.ts';
import { textTable } from './text-table.ts';

const TOOLS = ['record', 'stats', 'watchBlocking', 'spawn channel'];
/** The most nanoseconds that a recording may add to a switch. */
const LIMIT = 60;
const SWITCHES = ['sleep(0)', 'explicit switch'];

const worker = fileURLToPath(new URL('inspect-worker.ts', import.meta.url));
const print = textTable([15, 28, 8, 8, 8, 2]);

/** Measures the tools, prints a line for each operation, and returns the number above the limit. */
export async function benchInspect(args: string[], write: (line: string) => void): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    options: { rounds: { type: 'string', default: '60' } },
    allowPositionals: true,
  });
  let missed = 0;
  write(print(['', '', 'off', 'on', 'more']));
  for (const tool of chosen(positionals, TOOLS)) {
    const flags = [...typescriptFlags(), worker, tool, values.rounds];
    const { stdout } = await promisify(execFile)(process.execPath, flags);
    for (const [operation, { off, on }] of Object.entries(JSON.parse(stdout) as Costs)) {
      const isHigh = tool === 'record' && SWITCHES.includes(operation) && on - off > LIMIT;
      if (isHigh) missed += 1;
      const numbers = [off, on, on - off].map((ns) => `${Math.round(ns)} ns`);
      write(print([tool, operation, ...numbers, isHigh ? '✗' : '']));
    }
  }
  return missed;
}
