import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';
import * as assert from 'uvu/assert';
import { root } from '../../scripts/typescript-node.js';
import { suite } from '../support/harness.ts';

const test = suite('scripts/build');

test('classes have in the built package the names that they have in the sources', async () => {
  const built: Record<string, unknown> = await import('greenhub');
  const sources: Record<string, unknown> = await import('../../lib/index.ts');

  for (const [name, value] of Object.entries(sources)) {
    if (typeof value === 'function') assert.is((built[name] as typeof value).name, value.name, name);
  }
});

test('a program that imports greenhub loads three files', () => {
  const found = new Set<string>();
  const follow = (path: string): void => {
    found.add(path);
    for (const [, specifier = ''] of readFileSync(path, 'utf8').matchAll(/^(?:import|\} from) "(\.[^"]*)"/gm)) {
      const imported = join(dirname(path), specifier);
      if (!found.has(imported)) follow(imported);
    }
  };

  follow(join(root, 'dist/index.js'));

  assert.is(found.size, 3);
});

test('a bundle of spawn() has none of the queues, locks and pools', async () => {
  const { outputFiles } = await build({
    stdin: { contents: `export { spawn } from 'greenhub'`, resolveDir: root },
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
  });
  const text = outputFiles[0]?.text ?? '';

  assert.match(text, 'function spawn(');
  for (const name of ['Queue', 'Lock', 'Semaphore', 'Barrier', 'Pool', 'RateLimiter', 'Nursery']) {
    assert.not.match(text, new RegExp(`class ${name}\\b`), name);
  }
});

test.run();
