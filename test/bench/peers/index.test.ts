import { readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join } from 'node:path';
import { build } from 'esbuild';
import * as assert from 'uvu/assert';
import { root } from '../../../scripts/typescript-node.js';
import { suite } from '../../support/harness.ts';

const test = suite('bench/peers');

test('starts with nothing but what the project itself installs: the first run installs the peers', async () => {
  const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: ['bench/peers/index.ts'],
    outdir: 'dist',
    bundle: true,
    splitting: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    tsconfigRaw: {},
    metafile: true,
    write: false,
  });
  const { imports } = metafile.outputs['dist/index.js'] as (typeof metafile.outputs)[string];
  const foreign = imports.filter(
    ({ path, kind, external }) =>
      kind === 'import-statement' && external === true && !isBuiltin(path) && !(path in devDependencies),
  );

  assert.ok(imports.length > 0);
  assert.equal(
    foreign.map(({ path }) => path),
    [],
  );
});

test.run();
