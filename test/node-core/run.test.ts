import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { root } from '../../scripts/typescript-node.js';
import { suite } from '../support/harness.ts';

const test = suite('node-core');

const IS_PATCHED = 'Object.hasOwn(Promise.prototype, Symbol.iterator)';

/** Runs the runner on programs that stand in for Node's own. */
async function run(
  programs: Record<string, string>,
  args: string[] = [],
): Promise<{ code: number | null; lines: string[] }> {
  const source = mkdtempSync(join(tmpdir(), 'greenhub-source-'));
  const folder = join(source, 'test', 'parallel');
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of Object.entries(programs)) writeFileSync(join(folder, name), text);
  try {
    return await runner(args, { NODE_SOURCE: source });
  } finally {
    rmSync(source, { recursive: true });
  }
}

async function runner(args: string[], env: NodeJS.ProcessEnv): Promise<{ code: number | null; lines: string[] }> {
  const child = spawn(process.execPath, [join(root, 'test/node-core/run.js'), ...args], {
    env: { ...process.env, NODE_SOURCE: '', GREENHUB_PATCH: '', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const code = await new Promise<number | null>((settle) => child.on('close', settle));
  return { code, lines: output.trimEnd().split('\n') };
}

/** The names listed below the line with this ending. */
function listed(lines: string[], what: string): string[] {
  const at = lines.findIndex((line) => line.includes(what));
  const rest = lines.slice(at + 1);
  const end = rest.findIndex((line) => !line.startsWith('  '));
  return rest.slice(0, end).map((line) => line.trim());
}

test('it lists what passes bare and fails patched, and nothing else', async () => {
  const { code, lines } = await run({
    'test-net-passes.js': '',
    'test-net-flags.js': '// Flags: --expose-gc\nif (!globalThis.gc) process.exit(1);',
    'test-dns-module.mjs': "import 'node:dns';",
    'test-net-fails-bare.js': 'process.exit(1);',
    'test-net-skipped.js': "console.log('1..0 # Skipped: not here');",
    'test-net-regression.js': `if (${IS_PATCHED}) throw new Error('it is patched');`,
    'test-net-no-import.js': "if (process.execArgv.includes('--import')) process.exit(1);",
    'test-fs-other.js': 'process.exit(1);',
  });

  assert.equal(listed(lines, 'pass without the patches and fail with them'), ['test-net-regression.js']);
  assert.equal(listed(lines, 'also fail without the patches'), ['test-net-fails-bare.js']);
  assert.equal(listed(lines, 'skip themselves'), ['test-net-skipped.js']);
  assert.equal(listed(lines, 'fail with a control'), ['test-net-no-import.js']);
  assert.ok(lines.includes('Error: it is patched'));
  assert.equal([code, lines.at(-1)], [1, '3 passed, 1 failed']);
});

test('what passes at the second try is listed as flaky', async () => {
  const { code, lines } = await run({
    'test-net-flaky.js': `
      const { existsSync, writeFileSync } = require('node:fs');
      const tried = __filename + '.tried';
      if (${IS_PATCHED} && !existsSync(tried)) {
        writeFileSync(tried, '');
        process.exit(1);
      }`,
  });

  assert.equal(listed(lines, 'are flaky'), ['test-net-flaky.js']);
  assert.equal([code, lines.at(-1)], [0, '0 passed, 0 failed']);
});

test('a pattern chooses programs', async () => {
  const { code, lines } = await run({ 'test-net-a.js': '', 'test-net-b.js': 'process.exit(1)' }, ['net-a']);

  assert.equal([code, lines.at(-1)], [0, '1 passed, 0 failed']);
});

test('a tree for another Node, on which most programs fail bare too, is a failure', async () => {
  const { code, lines } = await run({ 'test-net-a.js': 'process.exit(1)', 'test-net-b.js': 'process.exit(1)' });

  assert.equal([code, lines.at(-1)], [1, '0 passed, 1 failed']);
});

test('without a tree it says so and fails nothing', async () => {
  const { code, lines } = await runner([], {});

  assert.match(lines[0] ?? '', /NODE_SOURCE/);
  assert.equal([code, lines.at(-1)], [0, '0 passed, 0 failed']);
});

test('a tree without programs is a failure', async () => {
  const { code, lines } = await run({});

  assert.equal([code, lines.at(-1)], [1, '0 passed, 1 failed']);
});

test.run();
