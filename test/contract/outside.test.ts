/** Outside greenlets nothing changes: each patched function looks and behaves as without the patch. */

import { fileURLToPath } from 'node:url';
import * as assert from 'uvu/assert';
import { root } from '../../scripts/typescript-node.js';
import { runNode } from '../support/app.ts';
import { suite } from '../support/harness.ts';

const test = suite('contract: outside greenlets nothing changes');

const PROGRAM = fileURLToPath(new URL('outside-program.js', import.meta.url));

interface Told {
  changed: string[];
  expected: string[];
  seen: Record<string, unknown>;
}

async function tell(...args: string[]): Promise<Told> {
  const { stdout, stderr } = await runNode(['--no-warnings', PROGRAM, ...args], root);
  assert.ok(stdout.startsWith('{'), stderr);
  return JSON.parse(stdout);
}

const [bare, patched] = await Promise.all([tell(), tell('patched')]);

test('the table has every function that a patch replaces or adds, and no other', () => {
  assert.equal([...patched.changed].sort(), [...patched.expected].sort());
});

for (const [what, seen] of Object.entries(bare.seen)) {
  test(`the same as without patches: ${what}`, () => {
    assert.equal(patched.seen[what], seen);
  });
}

test('nothing else happens than without patches', () => {
  assert.equal(Object.keys(patched.seen), Object.keys(bare.seen));
});

test.run();
