/** A program that is bundled into a single file runs without any other file. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BuildOptions, build } from 'esbuild';
import * as assert from 'uvu/assert';
import { root } from '../../scripts/typescript-node.js';
import { runNode } from '../support/app.ts';
import type { Ended } from '../support/ending.ts';
import { suite } from '../support/harness.ts';

const test = suite('bundles');

const BANNER = { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" };

/** @param body the body of a main greenlet, in which `url` is the address of a server */
function program(body: string): string {
  return `
    import { createServer } from 'node:http';
    import { run } from 'greenhub';
    import { patchAll } from 'greenhub/monkey';
    import { request } from 'greenhub/net';
    patchAll();
    const server = createServer((incoming, response) => response.end(incoming.headers['user-agent'] ?? 'nobody'));
    server.listen(0, '127.0.0.1', () => {
      const url = 'http://127.0.0.1:' + server.address().port;
      run(function* main() {
        ${body}
        process.exit();
      });
    });
  `;
}

/** Bundles a program and runs the bundle in an empty folder. */
async function runBundle(source: string, options: BuildOptions): Promise<Ended> {
  const folder = mkdtempSync(join(tmpdir(), 'greenhub-bundle-'));
  try {
    const [from, to] = [join(folder, 'from'), join(folder, 'to')];
    mkdirSync(join(from, 'node_modules'), { recursive: true });
    symlinkSync(root, join(from, 'node_modules', 'greenhub'), 'dir');
    writeFileSync(join(from, 'app.js'), source);
    const name = options.format === 'cjs' ? 'app.cjs' : 'app.mjs';
    await build({
      entryPoints: [join(from, 'app.js')],
      outfile: join(to, name),
      bundle: true,
      platform: 'node',
      logLevel: 'silent',
      ...options,
    });
    rmSync(from, { recursive: true });
    return await runNode([name], to);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const FETCH = 'console.log(yield* (yield* fetch(url)).text());';
const REQUEST = 'console.log(yield* (yield* request(url)).body.text());';

for (const [what, options, body, expected] of [
  ['an ES module that fetches', { format: 'esm' }, FETCH, 'node\n'],
  [
    'an ES module that fetches and makes requests',
    { format: 'esm', banner: BANNER },
    FETCH + REQUEST,
    'node\nnobody\n',
  ],
  ['a CommonJS module that fetches and makes requests', { format: 'cjs' }, FETCH + REQUEST, 'node\nnobody\n'],
  ['a minified CommonJS module', { format: 'cjs', minify: true }, FETCH + REQUEST, 'node\nnobody\n'],
] as const) {
  test(`${what} is bundled into one file and runs`, async () => {
    const { code, stdout, stderr } = await runBundle(program(body), options);

    assert.equal([code, stdout], [0, expected], stderr);
  });
}

test('in an ES module without require(), the error says what to give esbuild', async () => {
  const { stdout } = await runBundle(program(`try { ${REQUEST} } catch (error) { console.log(error.message); }`), {
    format: 'esm',
  });

  assert.match(stdout, /^this bundle has no require\(\), .* give esbuild the banner "import \{ createRequire \}/);
});

test.run();
