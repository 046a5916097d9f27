/**
 * The rule knows greenhub by a list of names. These tests compare the list with the exports of the package and with the
 * return types in the sources, so that no new blocking function can be forgotten.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { type ParseResult, parseSync, type types as t } from '@babel/core';
import * as assert from 'uvu/assert';
import {
  classes,
  functions,
  givers,
  handlers,
  makers,
  modules,
  nodeModules,
  parts,
} from '../../lib/eslint/vocabulary.ts';
import { suite } from '../support/harness.ts';

const test = suite('the vocabulary of require-yield-star');

const root = join(import.meta.dirname, '../..');

/**
 * The declarations in the sources: the return type of each function, and of each method of each class and interface. The names
 * of lib/process have a prefix, as in the vocabulary. A static method counts as a function, such as `process.Manager.start`.
 */
const returns = new Map<string, boolean>();
const methods = new Map<string, Set<string>>();
/** Of each class, its methods and the class that each returns. */
const produced = new Map<string, [method: string, made: string][]>();
/** The interfaces that an interface extends. */
const bases = new Map<string, string[]>();
/** The members that the patches add to Node's types, with keys such as `net.Socket`. */
const added = new Set<string>();

for (const file of readdirSync(join(root, 'lib'), { recursive: true, encoding: 'utf8' })) {
  if (file.endsWith('.ts')) readSource(file);
}

const exported = new Map<string, unknown>();
const entries: string[] = [];
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { exports: Record<string, unknown> };
for (const path of Object.keys(manifest.exports)) {
  const [, folder = ''] = /^\.(?:\/([a-z]+))?$/.exec(path) ?? [undefined, null];
  if (folder === null || folder === 'eslint') continue;
  entries.push(folder === '' ? 'greenhub' : `greenhub/${folder}`);
  const names = (await import(`../../lib/${folder === '' ? '' : `${folder}/`}index.ts`)) as Record<string, unknown>;
  for (const [name, value] of Object.entries(names)) exported.set(prefixOf(folder) + name, value);
}

test('the vocabulary has exactly the exported functions that return operations', () => {
  const isExported = (name: string): boolean => exported.has(name) || exported.has(splitName(name)[0]);
  const blocking = [...returns.keys()].filter((name) => returns.get(name) === true && isExported(name));
  assert.ok(blocking.length > 20, 'the sources were read');
  assert.equal([...functions.keys()].sort(), blocking.sort());
});

test('the vocabulary has exactly the methods of exported classes that return operations', () => {
  let count = 0;
  for (const [name, value] of exported) {
    if (typeof value !== 'function') continue;
    const blocking = blockingMethodsOf(value, name.startsWith('process.') ? 'process.' : '');
    count += blocking.length;
    assert.equal([...(classes.get(name)?.keys() ?? [])].sort(), blocking, name);
  }
  assert.ok(count > 60, 'the sources were read');
});

test("the vocabulary has exactly the operations that the patches add to Node's classes", async () => {
  assert.ok(added.size >= 6, 'the sources were read');
  for (const module of nodeModules) {
    const names = (await import(`node:${module}`)) as Record<string, unknown>;
    for (const [name, value] of Object.entries(names)) {
      if (typeof value !== 'function' || !/^[A-Z]/.test(name)) continue;
      const blocking = await blockingMethodsOfNode(value);
      assert.equal([...(classes.get(`${module}.${name}`)?.keys() ?? [])].sort(), blocking, `${module}.${name}`);
    }
  }
  for (const name of added) assert.ok(classes.has(name) || blockingIn(name).size === 0, name);
});

test('every class in the vocabulary is exported', async () => {
  for (const name of [
    ...classes.keys(),
    ...makers.values(),
    ...givers.values(),
    ...[...handlers.values()].flat().filter(Boolean),
  ]) {
    if (onlyTypes.includes(name)) continue;
    assert.type(await find(name), 'function', name);
    assert.ok(classes.has(name), name);
  }
  for (const [part, name] of parts) {
    assert.ok(classes.has(part.split('.')[0] ?? ''), part);
    assert.ok(classes.has(name), name);
  }
  for (const name of [...makers.keys(), ...givers.keys(), ...handlers.keys()]) {
    if (onlyTypes.includes(splitName(name)[0])) continue;
    assert.type(await find(name), 'function', name);
  }
});

/** Objects whose class the program cannot name, except as a type. */
const ofTasks = ['Task', 'TaskResult', 'GroupResult', 'TaskWorker'];
const works = ['Signature', 'TaskGroup', 'TaskChain', 'TaskChord'];
const onlyTypes = ['Nursery', 'RawGreenlet', 'process.ParentProcess', 'process.PoolResult', ...ofTasks, ...works];

test('the objects are known whose class is exported as a type only', () => {
  const known = (name: string): string[] => [...(classes.get(name)?.keys() ?? [])].sort();

  assert.equal(known('Nursery'), [...blockingIn('Nursery')].sort());
  for (const name of ofTasks) assert.equal(known(name), [...blockingIn(name)].sort());
  for (const name of works) assert.equal(known(name), [...blockingIn(name), ...blockingIn('Work')].sort());
  assert.equal(known('process.ParentProcess'), [...blockingIn('process.ParentProcess')].sort());
  assert.equal(known('process.PoolResult'), [...blockingIn('process.PoolResult'), ...blockingIn('AsyncResult')].sort());
});

test('the objects that methods make are known', () => {
  const made = [...exported].flatMap(([name, value]) =>
    typeof value === 'function' ? madeByMethods(name, value) : [],
  );

  const missing = made.filter(([method, name]) => classes.has(name) && makers.get(method) !== name);

  assert.ok(made.length > 40, 'the sources were read');
  assert.equal(missing, []);
});

test('the modules that export operations are known', () => {
  assert.equal([...modules.keys()].sort(), entries.sort());
});

/** An export, or a method of an exported class. */
async function find(name: string): Promise<unknown> {
  if (exported.has(name)) return exported.get(name);
  const [owner, member] = splitName(name);
  const declared = exported.get(owner) as Readonly<Record<string, unknown>> | undefined;
  if (declared !== undefined) return declared[member] ?? (declared.prototype as Record<string, unknown>)[member];
  return ((await import(`node:${owner}`)) as Record<string, unknown>)[member];
}

function splitName(name: string): [owner: string, member: string] {
  const end = name.lastIndexOf('.');
  return [name.slice(0, Math.max(0, end)), name.slice(end + 1)];
}

/** In alphabetical order, including inherited methods. */
function blockingMethodsOf(declared: object, prefix: string): string[] {
  const found = new Set<string>();
  for (let link = declared; typeof link === 'function'; link = Object.getPrototypeOf(link)) {
    const { name } = link as { name: string };
    for (const method of methods.get(prefix + name) ?? methods.get(name) ?? []) found.add(method);
  }
  return [...found].sort();
}

/** The methods of a class, with what each returns. */
function madeByMethods(name: string, declared: object): [method: string, made: string][] {
  const prefix = name.startsWith('process.') ? 'process.' : '';
  const found: [string, string][] = [];
  for (let link = declared; typeof link === 'function'; link = Object.getPrototypeOf(link)) {
    const owner = prefix + (link as { name: string }).name;
    for (const [method, made] of produced.get(owner) ?? [])
      found.push([`${name}.${method}`, classes.has(made) ? made : made.slice(prefix.length)]);
  }
  return found;
}

async function blockingMethodsOfNode(declared: { prototype?: object }): Promise<string[]> {
  const found = new Set<string>();
  for (const name of added) {
    const declaring = await find(name);
    // `FileHandle` and others are only types.
    if (typeof declaring !== 'function') continue;
    const isDerived = declared.prototype instanceof declaring || declared === declaring;
    if (isDerived) for (const method of blockingIn(name)) found.add(method);
  }
  return [...found].sort();
}

/** The methods of an interface and of those that it extends. */
function blockingIn(name: string): Set<string> {
  const found = new Set(methods.get(name));
  for (const base of bases.get(name) ?? []) for (const method of blockingIn(base)) found.add(method);
  return found;
}

/** The prefix of the names of a room in the vocabulary. */
function prefixOf(room: string): string {
  return modules.get(`greenhub/${room}`) ?? '';
}

function readSource(file: string): void {
  const parsed = parseSync(readFileSync(join(root, 'lib', file), 'utf8'), {
    configFile: false,
    babelrc: false,
    parserOpts: { plugins: ['typescript', 'explicitResourceManagement'] },
  }) as ParseResult;
  for (const statement of parsed.type === 'File' ? parsed.program.body : []) {
    const declared = statement.type === 'ExportNamedDeclaration' && statement.declaration;
    read(declared || statement, prefixOf(file.split(sep)[0] ?? ''));
  }
}

/** @param isOfNode true for what the patches declare in a module of Node */
function read(node: t.Statement, prefix: string, isOfNode = false): void {
  switch (node.type) {
    case 'FunctionDeclaration':
    case 'TSDeclareFunction':
      if (node.id) note(prefix + node.id.name, node);
      break;
    case 'ClassDeclaration':
      if (node.id) for (const member of node.body.body as Member[]) noteMember(prefix + node.id.name, member);
      break;
    case 'TSInterfaceDeclaration': {
      const name = prefix + node.id.name;
      for (const member of node.body.body as Member[]) noteMember(name, member);
      bases.set(
        name,
        (node.extends ?? []).map(({ expression }) => (expression as t.Identifier).name),
      );
      if (isOfNode) added.add(name);
      break;
    }
    case 'TSModuleDeclaration':
      if (node.id.type === 'StringLiteral' && node.body?.type === 'TSModuleBlock') {
        for (const inner of node.body.body) read(inner, `${node.id.value}.`, true);
      }
      break;
    default:
  }
}

/** The common part of members of classes and interfaces. */
interface Member {
  readonly type: string;
  readonly key?: t.Node;
  readonly kind?: string;
  readonly accessibility?: string | null | undefined;
  readonly static?: boolean;
  readonly returnType?: t.Node | null | undefined;
  readonly typeAnnotation?: t.Node | null | undefined;
  readonly leadingComments?: t.Comment[] | null | undefined;
}

function note(name: string, node: t.FunctionDeclaration | t.TSDeclareFunction): void {
  returns.set(name, returns.get(name) === true || isBlocking(node.returnType));
}

function noteMember(owner: string, member: Member): void {
  const isMethod = ['ClassMethod', 'TSDeclareMethod', 'TSMethodSignature'].includes(member.type);
  const { key, accessibility, kind, leadingComments } = member;
  const isInternal = leadingComments?.some(({ value }) => value.includes('@internal')) === true;
  if (!isMethod || kind === 'get' || key?.type !== 'Identifier' || isInternal || accessibility) return;
  const returned = member.returnType ?? member.typeAnnotation;
  if (member.static === true) {
    returns.set(`${owner}.${key.name}`, isBlocking(returned));
    return;
  }
  if (!methods.has(owner)) methods.set(owner, new Set());
  if (isBlocking(returned)) methods.get(owner)?.add(key.name);
  const prefix = owner.startsWith('process.') ? 'process.' : '';
  const type = returned?.type === 'TSTypeAnnotation' ? returned.typeAnnotation : null;
  if (type?.type !== 'TSTypeReference' || type.typeName.type !== 'Identifier') return;
  produced.set(owner, [...(produced.get(owner) ?? []), [key.name, prefix + type.typeName.name]]);
}

/** True for the type of an operation. A type that is also a promise runs by itself, so it does not count. */
function isBlocking(annotation: t.Node | null | undefined): boolean {
  if (annotation?.type !== 'TSTypeAnnotation') return false;
  const { typeAnnotation } = annotation;
  const alternatives = typeAnnotation.type === 'TSUnionType' ? typeAnnotation.types : [typeAnnotation];
  return alternatives.some((type) => {
    if (type.type !== 'TSTypeReference' || type.typeName.type !== 'Identifier') return false;
    return ['Operation', 'Switch', 'Coroutine'].includes(type.typeName.name);
  });
}

test.run();
