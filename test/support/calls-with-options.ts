/** Finds every public call that takes options, in the sources. */
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseSync } from '@babel/core';

const LIB = fileURLToPath(new URL('../../lib/', import.meta.url));

/** The part of a syntax tree node that is used here. */
interface Node {
  type: string;
  // biome-ignore lint/suspicious/noExplicitAny: each kind of node has others, and Babel's types know no common ones
  [key: string]: any;
}

interface Module {
  path: string;
  /** Declarations of the module, by name. */
  declared: Map<string, Node>;
  /** What it imports or re-exports: the name and the source. */
  imported: Map<string, { from: string; name: string }>;
  exported: Map<string, string>;
  /** Modules whose exports it re-exports completely. */
  passedOn: string[];
}

const modules = new Map<string, Module>();

function moduleAt(path: string): Module {
  const known = modules.get(path);
  if (known !== undefined) return known;
  const tree = parseSync(readFileSync(path, 'utf8'), {
    babelrc: false,
    configFile: false,
    sourceType: 'module',
    parserOpts: { plugins: ['typescript'] },
  }) as Node;
  const module: Module = { path, declared: new Map(), imported: new Map(), exported: new Map(), passedOn: [] };
  modules.set(path, module);
  for (const statement of tree.program.body as Node[]) read(statement, module);
  return module;
}

function read(statement: Node, module: Module): void {
  const from = statement.source?.value as string | undefined;
  if (statement.type === 'ImportDeclaration' && from?.startsWith('.')) {
    for (const { imported, local } of statement.specifiers) {
      if (imported !== undefined) module.imported.set(local.name, { from, name: imported.name });
    }
  } else if (statement.type === 'ExportAllDeclaration') module.passedOn.push(from as string);
  else if (statement.type === 'ExportNamedDeclaration') {
    for (const { exported, local } of statement.specifiers) {
      module.exported.set(exported.name, local.name);
      if (from !== undefined) module.imported.set(local.name, { from, name: local.name });
    }
    if (statement.declaration !== null) {
      declare(statement.declaration, module);
      if (statement.declaration.id) module.exported.set(statement.declaration.id.name, statement.declaration.id.name);
    }
  } else declare(statement, module);
}

/** Keeps a declaration; for an overloaded function, all signatures. */
function declare(node: Node, module: Module): void {
  const name = node.id?.name as string | undefined;
  if (name === undefined) return;
  const before = module.declared.get(name);
  module.declared.set(name, before === undefined ? node : { type: 'Overloads', all: [before, node] });
}

interface Found {
  module: Module;
  node: Node;
}

function find(module: Module, name: string): Found | null {
  const node = module.declared.get(name);
  if (node !== undefined) return { module, node };
  const source = module.imported.get(name);
  if (source === undefined) return null;
  const from = moduleAt(resolve(dirname(module.path), source.from));
  return find(from, from.exported.get(source.name) ?? source.name);
}

/** The calls with options in some entry points: `joinall`, `Queue.get`, `new StreamServer`. */
export function callsWithOptions(entries: readonly string[]): string[] {
  const calls = new Set<string>();
  for (const entry of entries) lookAtModule(moduleAt(resolve(LIB, entry)), calls);
  return [...calls].sort();
}

function lookAtModule(module: Module, calls: Set<string>): void {
  for (const name of module.exported.values()) {
    const found = find(module, name);
    if (found !== null) look(name, found, calls);
  }
  for (const from of module.passedOn) lookAtModule(moduleAt(resolve(dirname(module.path), from)), calls);
}

function look(name: string, { module, node }: Found, calls: Set<string>): void {
  if (node.type === 'Overloads') for (const each of node.all) look(name, { module, node: each }, calls);
  else if (node.type.endsWith('Function') || node.type === 'FunctionDeclaration') note(name, node, calls);
  else if (node.type === 'TSInterfaceDeclaration') lookAtMembers(name, node.body.body, calls);
  else if (node.type === 'ClassDeclaration') {
    lookAtMembers(name, node.body.body, calls);
    const parent = node.superClass?.name as string | undefined;
    const found = parent === undefined ? null : find(module, parent);
    if (found !== null) look(parent as string, found, calls);
  }
}

function lookAtMembers(owner: string, members: Node[], calls: Set<string>): void {
  for (const member of members) {
    const isInternal = member.leadingComments?.some(({ value }: { value: string }) => value.includes('@internal'));
    const isHidden = member.accessibility === 'private' || member.accessibility === 'protected';
    const method = member.key?.name as string | undefined;
    if (isInternal || isHidden || method === undefined) continue;
    note(method === 'constructor' ? `new ${owner}` : `${owner}.${method}`, member, calls);
  }
}

function note(name: string, node: Node, calls: Set<string>): void {
  const parameters: Node[] = node.params ?? node.parameters ?? [];
  if (parameters.some(takesOptions)) calls.add(name);
}

/** A parameter whose name or type says that it is options. */
function takesOptions(parameter: Node): boolean {
  const { name, typeAnnotation } = parameter.type === 'AssignmentPattern' ? parameter.left : parameter;
  return name === 'options' || namesOf(typeAnnotation?.typeAnnotation).some((type) => /Options?$/.test(type));
}

function namesOf(type: Node | undefined): string[] {
  if (type === undefined) return [];
  if (type.type === 'TSUnionType' || type.type === 'TSIntersectionType') return type.types.flatMap(namesOf);
  return type.type === 'TSTypeReference' ? [type.typeName.name ?? ''] : [];
}
