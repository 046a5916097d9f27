import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import * as assert from 'uvu/assert';
import { declareConstants } from '../../scripts/constants.js';
import { suite } from '../support/harness.ts';

const test = suite('scripts/constants');

const sources = {
  'shared.ts': `
    export const token = { name: 'token' };
    export let count = 0;
    export function increment() { count += 1; }
    export class Counter { read() { return count; } }
    let untouched = 'never changed';
    export const told = () => untouched;`,
  'one.ts': `
    import { Counter, count, increment, told, token } from './shared.ts';
    const counter = new Counter();
    export const oneSees = () => { increment(); return [counter.read(), count, token.name, told()]; };`,
  'two.ts': `
    import { token as mark } from './shared.ts';
    export const twoSees = () => mark;
    export { token } from './shared.ts';`,
};

/** Bundles the sources, which share a chunk. Returns the contents of the chunks before and after. */
async function bundle(
  look: (before: Map<string, string>, after: Map<string, string>, folder: string) => unknown,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'constants-'));
  try {
    for (const [name, text] of Object.entries(sources)) writeFileSync(join(folder, name), text);
    await build({
      absWorkingDir: folder,
      entryPoints: ['one.ts', 'two.ts'],
      outdir: 'dist',
      outExtension: { '.js': '.mjs' },
      bundle: true,
      splitting: true,
      format: 'esm',
    });
    const names = readdirSync(join(folder, 'dist'));
    const chunks = () =>
      new Map(names.map((name): [string, string] => [name, readFileSync(join(folder, 'dist', name), 'utf8')]));
    const before = chunks();
    declareConstants(names.map((name) => join(folder, 'dist', name)));
    await look(before, chunks(), join(folder, 'dist'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('variables that never change become constants, and others do not', () =>
  bundle((_, after) => {
    const text = [...after.values()].join('\n');
    assert.match(text, /^const token=\{/m);
    assert.match(text, /^const Counter=.*class Counter/m);
    assert.match(text, /^const untouched=/m);
    assert.match(text, /^const oneSees=/m);
    assert.match(text, /^var count = 0;/m);
  }));

test('an import that never changes becomes a constant of the importing chunk', () =>
  bundle((_, after) => {
    const text = after.get('one.mjs') as string;
    assert.match(text, /token as token\$/);
    assert.match(text, /;const .*token=token\$/);
    assert.not.match(text, /count\$/);
  }));

test('the chunks behave as before, and changes of variables are visible', () =>
  bundle(async (_, __, folder) => {
    const one = await import(pathToFileURL(join(folder, 'one.mjs')).href);
    const two = await import(pathToFileURL(join(folder, 'two.mjs')).href);

    assert.equal(one.oneSees(), [1, 1, 'token', 'never changed']);
    assert.equal(one.oneSees(), [2, 2, 'token', 'never changed']);
    assert.is(two.twoSees(), two.token);
  }));

test('no line moves, and no column outside of import declarations and the edges of classes', () =>
  bundle((before, after) => {
    for (const [name, text] of before) {
      const linesAfter = after.get(name)?.split('\n') ?? [];
      const code =
        text.lastIndexOf('} from "') < 0 ? 0 : text.slice(0, text.lastIndexOf('} from "')).split('\n').length;
      assert.is(linesAfter.length, text.split('\n').length, name);
      for (const [index, line] of text.split('\n').entries()) {
        const isEdge = line.includes('= class') || line === '};';
        const isComment = line.startsWith('// ');
        if (index >= code && !isEdge && !isComment)
          assert.is(linesAfter[index]?.length, line.length, `${name}: ${line}`);
      }
    }
  }));

test('comments are taken out, but not the marks for bundlers and the name of the source map', () => {
  const folder = mkdtempSync(join(tmpdir(), 'constants-'));
  try {
    const path = join(folder, 'comments.mjs');
    const source = [
      '// lib/comments.ts',
      'var made = /* @__PURE__ */ new Set();',
      'function read() {',
      '  /* over',
      '     two lines */',
      "  return made.has('// a text'); // why",
      '}',
      '//# sourceMappingURL=comments.mjs.map',
    ];
    writeFileSync(path, source.join('\n'));
    declareConstants([path]);

    assert.equal(readFileSync(path, 'utf8').split('\n'), [
      '',
      'const made=/* @__PURE__ */ new Set();',
      'function read() {',
      '',
      '',
      "  return made.has('// a text');",
      '}',
      '//# sourceMappingURL=comments.mjs.map',
    ]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('a bundler drops a class that is not used, even if it has a static block and computed names', async () => {
  const source = `
    const key = Symbol();
    export class Unused { static { Unused.prototype.name = 'unused'; } [key]() {} }
    export class Used { [key]() { return 'used'; } }`;
  const folder = mkdtempSync(join(tmpdir(), 'constants-'));
  try {
    const path = join(folder, 'classes.mjs');
    const { outputFiles } = await build({
      stdin: { contents: source, loader: 'ts' },
      bundle: true,
      format: 'esm',
      write: false,
    });
    writeFileSync(path, outputFiles[0]?.text ?? '');
    declareConstants([path]);
    const bundled = await build({
      stdin: { contents: `export { Used } from './classes.mjs'`, resolveDir: folder },
      bundle: true,
      format: 'esm',
      write: false,
    });
    const text = bundled.outputFiles[0]?.text ?? '';

    assert.match(text, 'class Used');
    assert.not.match(text, 'Unused');
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.run();
