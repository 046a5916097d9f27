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
      /** How many are held. */
      private held = 0;
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
};

/** The published files of some sources, by name. */
function publish(entries: Record<string, string>): Map<string, string> {
  const folder = mkdtempSync(join(tmpdir(), 'declarations-'));
  try {
    for (const [name, text] of Object.entries(entries)) writeFileSync(join(folder, name), text);
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
    return new Map(readdirSync(dist).map((name) => [name, readFileSync(join(dist, name), 'utf8')]));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

let files: Map<string, string> | undefined;

/** The published form of a file of `sources`. */
function published(name: string): string {
  files ??= publish(sources);
  return files.get(name) ?? `there is no ${name}`;
}

test('a class keeps its public members and their comments, and of the others the names', () => {
  assert.is(
    published('lock.d.ts').replace(/^\/\/#.*/m, ''),
    `import type { Named } from './named.ts';
/** It is held by one. */
export declare class Lock<T = string> implements Named {
    name: string;
    private state;
    private holder;
    private held;
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

test('an interface loses its internal members', () => {
  assert.match(published('named.d.ts'), /^export interface Named \{\n {4}name: string;\n\}\n/);
});

test('an internal constructor cannot be called; an internal overload of a public one is gone', () => {
  assert.match(
    published('answer.d.ts'),
    /^export declare class Answer \{\n {4}protected constructor\(\);\n {4}text\(\)/,
  );
  assert.match(published('base.d.ts'), /class Base \{\n {4}constructor\(name: string\);\n {4}private step;\n\}/);
});

test('a hidden member is named where it is first declared, unless a subclass makes it public', () => {
  assert.match(published('base.d.ts'), /class Derived extends Base \{\n {4}leap\(\): void;\n\}/);
});

test('declarations that no entry point refers to are removed, with their files', () => {
  assert.not.match(published('base.d.ts'), /Hidden|unreached|import/);
  for (const name of ['waiter.d.ts', 'waiter.d.ts.map']) assert.is(published(name), `there is no ${name}`);
});

test('the maps lead from the remaining declarations to their source', () => {
  const line = published('lock.d.ts').split('\n').indexOf('    release(value: T): void;');
  const { mappings, sources: from } = JSON.parse(published('lock.d.ts.map'));
  const [, , sourceLine = 0] = decode(mappings)[line]?.[0] ?? [];
  assert.equal(from, ['../lock.ts']);
  assert.match(sources['lock.ts'].split('\n')[sourceLine] as string, 'release(value: T)');
});

test('a published file must load the additions to types of other modules', () => {
  const entries = {
    'index.ts': `export { told } from './told.ts';`,
    'told.ts': `
      import type { Augmented } from './augmenting.ts';
      /** @internal */
      export const hidden: Augmented = '';
      export const told = 1;`,
    'augmenting.ts': `
      declare global { interface Array<T> { greenhubTest?: T } }
      export type Augmented = string;`,
  };
  assert.throws(() => publish(entries), /augmenting\.d\.ts augments types of other packages/);
  const loading = `${entries['index.ts']} export type {} from './augmenting.ts';`;
  assert.match(publish({ ...entries, 'index.ts': loading }).get('augmenting.d.ts') ?? '', 'greenhubTest');
});

test('nothing published is internal, and every map leads to a source in the package', () => {
  const dist = join(root, 'dist');
  const names = readdirSync(dist, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.d.ts'));
  assert.ok(names.length > 0);
  for (const name of names) {
    assert.not.match(readFileSync(join(dist, name), 'utf8'), '@internal');
    const { sources: from } = JSON.parse(readFileSync(join(dist, `${name}.map`), 'utf8'));
    for (const source of from) assert.ok(existsSync(join(dirname(join(dist, name)), source)), `${name}: ${source}`);
  }
});

test.run();
