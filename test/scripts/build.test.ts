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

test('bundles for browsers export what greenhub exports', async () => {
  const sources: Record<string, unknown> = await import('../../lib/index.ts');

  assert.equal({ ...(await import('../../lib/browser.ts')) }, { ...sources });
});

test('a bundle for a browser has nothing that only a process needs, and without getHub() no search for deadlocks', async () => {
  const has = async (platform: 'node' | 'browser', names: string): Promise<string[]> => {
    const text = await bundle(platform, `export { ${names} } from 'greenhub'`);
    return ['beforeExit', 'AsyncLocalStorage', 'findCycle', 'FinalizationRegistry'].filter((part) =>
      text.includes(part),
    );
  };

  assert.equal(await has('browser', 'spawn'), []);
  assert.equal(await has('browser', 'getHub, spawn'), ['findCycle', 'FinalizationRegistry']);
  assert.is((await has('node', 'spawn')).length, 4);
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
  const text = await bundle('node', `export { spawn } from 'greenhub'`);

  assert.match(text, 'function spawn(');
  for (const name of ['Queue', 'Lock', 'Semaphore', 'Barrier', 'Pool', 'RateLimiter', 'Nursery']) {
    assert.not.match(text, new RegExp(`class ${name}\\b`), name);
  }
});

async function bundle(platform: 'node' | 'browser', contents: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: root },
    bundle: true,
    write: false,
    format: 'esm',
    platform,
  });
  return outputFiles[0]?.text ?? '';
}

test.run();
