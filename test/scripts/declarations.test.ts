import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { decode } from '@jridgewell/sourcemap-codec';
import * as assert from 'uvu/assert';
import { binary } from '../../scripts/binary.js';
import { publishDeclarations } from '../../scripts/declarations.js';
import { root } from '../../scripts/typescript-node.js';
import { suite } from '../support/harness.ts';

const test = suite('scripts/declarations');

const sources = {
  'index.ts': `
    export { Lock } from './lock.ts';
    export { Answer } from './answer.ts';
    export { Base, Derived } from './base.ts';
    export type { Named } from './named.ts';`,
  'named.ts': `
    import type { Waiter } from './waiter.ts';
    export interface Named {
      name: string;
      /** @internal Has a waiter notified. */
      watch(waiter: Waiter): void;
    }`,
  'waiter.ts': `
    export interface Waiter { notify(): void }
    /** @internal */
    export const unused = 1;`,
  'lock.ts': `
    import type { Named } from './named.ts';
    import type { Waiter } from './waiter.ts';
    /** It is held by one. */
    export class Lock<T = string> implements Named, Waiter {
      name = 'lock';
      /** @internal What it is in. */
      get state(): Waiter | null { return null; }
      set state(state: Waiter | null) {}
      protected holder: Waiter | null = null;
      static made = 0;
      /** @internal */
      static count(): number { return 0; }
      /** @internal */
      watch(waiter: Waiter): void;
      /** @internal */
      watch(waiter: Waiter, again: boolean): void;
      watch(waiter: Waiter, again?: boolean): void {}
      notify(): void {}
      /** Frees it. */
      release(value: T): void {}
    }`,
  'answer.ts': `
    import type { Waiter } from './waiter.ts';
    export class Answer {
      /** @internal */
      constructor(waiter: Waiter) {}
      text(): string { return ''; }
    }`,
  'base.ts': `
    import type { Waiter } from './waiter.ts';
    class Hidden { other = 1; }
    export const unreached = new Hidden();
    export class Base {
      constructor(name: string);
      /** @internal */
      constructor(name: string, waiter: Waiter | null);
      constructor(name: string, waiter: Waiter | null = null) {}
      protected step(): void {}
      protected leap(): void {}
    }
    export class Derived extends Base {
      protected override step(): void {}
      override leap(): void {}
    }`,
  'augmenting.ts': `
    declare global { interface Array<T> { greenhubTest?: T } }
    export type Augmented = string;`,
};

/** Hands over what is published of the sources. */
function published(entries: Record<string, string>, look: (text: (name: string) => string, folder: string) => void) {
  const folder = mkdtempSync(join(tmpdir(), 'declarations-'));
  try {
    for (const [name, text] of Object.entries({ ...sources, ...entries })) writeFileSync(join(folder, name), text);
    const compilerOptions = {
      ...{ target: 'es2022', lib: ['es2022'], module: 'nodenext', types: [], strict: true, rootDir: '.' },
      ...{ declaration: true, declarationMap: true, emitDeclarationOnly: true, allowImportingTsExtensions: true },
      outDir: 'dist',
    };
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts'] }));
    const [command, ...args] = binary('typescript', 'tsc');
    assert.is(spawnSync(command, [...args, '-p', folder], { encoding: 'utf8' }).stdout, '');
    const dist = join(folder, 'dist');
    publishDeclarations(dist, [join(dist, 'index.d.ts')]);
    look((name) => readFileSync(join(dist, name), 'utf8').replace(/^\/\/# .*\n?/m, ''), dist);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

test('a class keeps its public members and their comments, and of the others the names', () => {
  published({}, (text) => {
    assert.is(
      text('lock.d.ts'),
      `import type { Named } from './named.ts';
/** It is held by one. */
export declare class Lock<T = string> implements Named {
    name: string;
    private state;
    private holder;
    static made: number;
    private static count;
    private watch;
    notify(): void;
    /** Frees it. */
    release(value: T): void;
}
`,
    );
  });
});

test('an interface loses its internal members', () => {
  published({}, (text) => assert.is(text('named.d.ts'), 'export interface Named {\n    name: string;\n}\n'));
});

test('an internal constructor cannot be called; an internal overload of a public one is gone', () => {
  published({}, (text) => {
    assert.is(
      text('answer.d.ts'),
      'export declare class Answer {\n    protected constructor();\n    text(): string;\n}\n',
    );
    assert.match(text('base.d.ts'), /class Base \{\n {4}constructor\(name: string\);\n {4}private step;\n\}/);
  });
});

test('a member is named where it is declared first, and nowhere if a class below has it public', () => {
  published({}, (text) => assert.match(text('base.d.ts'), /class Derived extends Base \{\n {4}leap\(\): void;\n\}/));
});

test('what no entry point refers to is gone, with its files', () => {
  published({}, (text, folder) => {
    assert.not.match(text('base.d.ts'), /Hidden|unreached|import/);
    for (const name of ['waiter.d.ts', 'waiter.d.ts.map']) assert.not.ok(existsSync(join(folder, name)), name);
  });
});

test('the maps lead from what is left to its source', () => {
  published({}, (text, folder) => {
    const line = text('lock.d.ts').split('\n').indexOf('    release(value: T): void;');
    const { mappings, sources: from } = JSON.parse(readFileSync(join(folder, 'lock.d.ts.map'), 'utf8'));
    const [, , sourceLine = 0] = decode(mappings)[line]?.[0] ?? [];
    assert.equal(from, ['../lock.ts']);
    assert.match(sources['lock.ts'].split('\n')[sourceLine] as string, 'release(value: T)');
  });
});

test('types that are added to those of others must be loaded by something published', () => {
  const entries = {
    'index.ts': `export { told } from './told.ts';`,
    'told.ts': `
      import type { Augmented } from './augmenting.ts';
      /** @internal */
      export const hidden: Augmented = '';
      export const told = 1;`,
  };
  assert.throws(() => published(entries, () => {}), /augmenting\.d\.ts adds to types of others/);
  published({ ...entries, 'index.ts': `${entries['index.ts']} import './augmenting.ts';` }, (text) => {
    assert.match(text('augmenting.d.ts'), 'greenhubTest');
  });
});

test('nothing published is internal, and every map leads to a source in the package', () => {
  const dist = join(root, 'dist');
  const files = readdirSync(dist, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.d.ts'));
  assert.ok(files.length > 0);
  for (const name of files) {
    assert.not.match(readFileSync(join(dist, name), 'utf8'), '@internal');
    const { sources: from } = JSON.parse(readFileSync(join(dist, `${name}.map`), 'utf8'));
    for (const source of from) assert.ok(existsSync(join(dirname(join(dist, name)), source)), `${name}: ${source}`);
  }
});

test.run();
