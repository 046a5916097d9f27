import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { root, typescriptFlags } from '../../scripts/typescript-node.js';
import { type Parsed, parseTrace } from '../support/devtools.ts';

const test = suite('traces of whole programs');

/** Runs an example with a recording, and parses its trace. */
async function traceOf(example: string): Promise<Parsed> {
  const folder = mkdtempSync(join(tmpdir(), 'greenhub-'));
  const file = join(folder, 'trace.json');
  try {
    const flags = [...typescriptFlags(), '--import', join(root, 'test/support/record-program.mjs')];
    const env = { ...process.env, GREENHUB_TRACE: file };
    await promisify(execFile)(process.execPath, [...flags, join(root, `examples/${example}.ts`)], { cwd: root, env });
    return await parseTrace(readFileSync(file, 'utf8'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('dining-philosophers: who waits for which fork, and who wakes whom', async () => {
  const { slices, arrows } = await traceOf('dining-philosophers');
  const waits = slices.get('Hypatia')?.map(({ name }) => name) ?? [];

  assert.ok(
    waits.some((name) => /^waits for fork \d, held by/.test(name)),
    waits.join('\n'),
  );
  // The end of a meal wakes the neighbour.
  const names = ['Hypatia', 'Aristotle', 'Confucius', 'Avicenna', 'Simone'];
  const neighbours = arrows.filter(([from, , to]) => names.includes(from) && names.includes(to) && from !== to);
  assert.ok(neighbours.length > 0);
  for (const [, wakes, woken] of neighbours) assert.is(wakes, `wakes ${woken}`);
});

test('fetch-three-sites: the hub wakes the greenlets whose answers have come', async () => {
  const { slices, arrows } = await traceOf('fetch-three-sites');
  const fetchers = [...slices.keys()].filter((track) =>
    slices.get(track)?.some(({ name }) => /promise|answer/.test(name)),
  );

  assert.ok(fetchers.length >= 3, [...slices.keys()].join('\n'));
  for (const fetcher of fetchers) {
    assert.ok(
      arrows.some(([from, wakes]) => from === 'hub' && wakes === `wakes ${fetcher}`),
      fetcher,
    );
  }
});

test.run();
