// The declarations in dist as a graph: which statement of which file declares each exported name, and which names each
// statement refers to. tsc writes one declaration file for each file of lib. `scripts/declarations.js` uses the graph to find
// declarations that no entry point reaches, and `scripts/api-report.js` to list those that an entry point reaches.

import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseSync } from '@babel/core';

/**
 * A node of Babel's syntax tree. Its fields depend on `type`.
 *
 * @typedef {any} Node
 */

/**
 * @typedef {object} Statement
 * @property {DeclarationFile} file
 * @property {Node} node
 * @property {string[]} names the names it declares; empty for imports, re-exports and augmentations
 */

/** @typedef {{ path: string, name: string } | { package: string }} Origin the source of an imported name */

/** @typedef {{ file: DeclarationFile, name: string, statements: Statement[] }} Declaration all overloads of one name */

export class DeclarationFile {
  /** @param {string} path */
  constructor(path) {
    this.path = path;
    this.text = readFileSync(path, 'utf8');
    /** @type {Statement[]} */
    this.statements = parse(this.text).map((node) => ({ file: this, node, names: declaredNames(node) }));
    /** By the name inside the file. @type {Map<string, Origin>} */
    this.imports = new Map();
    /** By the exported name. @type {Map<string, Origin>} */
    this.exports = new Map();
    /** The files from which it exports everything. @type {string[]} */
    this.exportsAllOf = [];
    for (const { node, names } of this.statements) this.#note(node, names);
  }

  /** The other files of the package to which it refers in any way. */
  get neighbours() {
    return this.statements.flatMap(({ node }) => (isRelative(node.source?.value) ? [this.#pathOf(node)] : []));
  }

  /** The files imported only for their augmentations of other packages. */
  get loaded() {
    return this.statements
      .filter(({ node }) => node.specifiers?.length === 0 && isRelative(node.source?.value))
      .map(({ node }) => this.#pathOf(node));
  }

  /** The augmentations of other packages' types. They apply wherever the file is loaded. */
  get augmentations() {
    return this.statements.filter(({ node }) => node.type === 'TSModuleDeclaration');
  }

  /** @param {string} name */
  declaring(name) {
    return this.statements.filter(({ names }) => names.includes(name));
  }

  /**
   * @param {Node} node
   * @param {string[]} names
   */
  #note(node, names) {
    if (node.type === 'ImportDeclaration') {
      for (const { local, imported, type } of node.specifiers) {
        const name = type === 'ImportDefaultSpecifier' ? 'default' : (imported?.name ?? '*');
        this.imports.set(local.name, this.#origin(node, name));
      }
    } else if (node.type === 'ExportAllDeclaration') {
      this.exportsAllOf.push(this.#pathOf(node));
    } else if (node.type === 'ExportDefaultDeclaration') {
      this.exports.set('default', { path: this.path, name: node.declaration.name });
    } else if (node.type === 'ExportNamedDeclaration') {
      for (const name of names) this.exports.set(name, { path: this.path, name });
      for (const { local, exported } of node.specifiers)
        this.exports.set(exported.name, this.#origin(node, local.name));
    }
  }

  /**
   * @param {Node} node
   * @param {string} name
   * @returns {Origin}
   */
  #origin(node, name) {
    if (!node.source) return this.imports.get(name) ?? { path: this.path, name };
    return isRelative(node.source.value) ? { path: this.#pathOf(node), name } : { package: node.source.value };
  }

  /** @param {Node} node */
  #pathOf(node) {
    return join(dirname(this.path), node.source.value.replace(/\.ts$/, '.d.ts'));
  }
}

/** All files that can be reached from some files by imports and exports. */
export class DeclarationGraph {
  /** @param {string[]} entries their paths */
  constructor(entries) {
    /** By path, in the order in which the files are reached. @type {Map<string, DeclarationFile>} */
    this.files = new Map();
    const ahead = [...entries];
    for (let path = ahead.shift(); path !== undefined; path = ahead.shift()) {
      if (this.files.has(path)) continue;
      const file = new DeclarationFile(path);
      this.files.set(path, file);
      ahead.push(...file.neighbours);
    }
  }

  /** @param {string} path */
  file(path) {
    const file = this.files.get(path);
    if (!file) throw new Error(`${path} is no file of the graph`);
    return file;
  }

  /**
   * @param {string} path
   * @returns {string[]}
   */
  exportedNames(path) {
    const file = this.file(path);
    return [...file.exports.keys(), ...file.exportsAllOf.flatMap((other) => this.exportedNames(other))];
  }

  /**
   * The declaration behind a name in a file, or undefined if it comes from Node, the language or another package.
   *
   * @param {DeclarationFile} file
   * @param {string} name
   * @returns {Declaration | undefined}
   */
  named(file, name) {
    const statements = file.declaring(name);
    if (statements.length > 0) return { file, name, statements };
    const origin = file.imports.get(name);
    return origin && 'path' in origin ? this.exported(origin.path, origin.name) : undefined;
  }

  /**
   * @param {string} path
   * @param {string} name
   * @returns {Declaration | undefined}
   */
  exported(path, name) {
    const file = this.file(path);
    const origin = file.exports.get(name);
    if (origin && 'path' in origin) {
      return origin.path === path ? this.named(file, origin.name) : this.exported(origin.path, origin.name);
    }
    if (origin) return undefined;
    for (const other of file.exportsAllOf) {
      const found = this.exported(other, name);
      if (found) return found;
    }
    return undefined;
  }
}

/**
 * The names to which a node refers, including its own type parameters.
 *
 * @param {Node} node
 * @returns {Set<string>}
 */
export function referencesOf(node) {
  /** @type {Set<string>} */
  const found = new Set();
  collect(node, found);
  return found;
}

/** Fields that contain no references, by the type of the node. @type {Record<string, string[]>} */
const nameFields = {
  ClassDeclaration: ['id'],
  TSInterfaceDeclaration: ['id'],
  TSTypeAliasDeclaration: ['id'],
  TSDeclareFunction: ['id'],
  TSModuleDeclaration: ['id'],
  TSQualifiedName: ['right'],
  TSTypePredicate: ['parameterName'],
  TSNamedTupleMember: ['label'],
  ExportSpecifier: ['exported'],
};

/**
 * @param {Node} node
 * @param {Set<string>} found
 */
function collect(node, found) {
  if (Array.isArray(node)) {
    for (const part of node) collect(part, found);
  } else if (node && typeof node.type === 'string') {
    if (node.type === 'Identifier') found.add(node.name);
    if (node.type === 'TSImportType') throw new Error(`an import type is not followed: ${node.argument.value}`);
    for (const [field, part] of Object.entries(node))
      if (isReferring(node, field)) collect(named(node, field, part), found);
  }
}

/**
 * @param {Node} node
 * @param {string} field
 */
function isReferring(node, field) {
  if (field === 'key') return node.computed === true;
  return !field.endsWith('Comments') && !nameFields[node.type]?.includes(field);
}

/**
 * For a parameter or a variable, only its type.
 *
 * @param {Node} node
 * @param {string} field
 * @param {Node} part
 */
function named(node, field, part) {
  if (field === 'params' || field === 'parameters') {
    // A list of type arguments also has this field name.
    return /^TSTypeParameter/.test(node.type)
      ? part
      : part.map((/** @type {Node} */ parameter) => parameter.typeAnnotation);
  }
  return node.type === 'VariableDeclarator' && field === 'id' ? part.typeAnnotation : part;
}

/** The declaration in a statement, exported or not. @param {Node} node @returns {Node} */
export function declarationIn(node) {
  return node.type === 'ExportNamedDeclaration' && node.declaration ? node.declaration : node;
}

/** @param {string} text @returns {Node[]} */
function parse(text) {
  const parsed = parseSync(text, {
    sourceType: 'module',
    configFile: false,
    babelrc: false,
    parserOpts: { plugins: [['typescript', { dts: true }]] },
  });
  return parsed?.program.body ?? [];
}

/** @param {Node} node @returns {string[]} */
function declaredNames(node) {
  const declaration = declarationIn(node);
  if (declaration.type === 'TSModuleDeclaration') return [];
  if (declaration.type === 'VariableDeclaration') {
    return declaration.declarations.map((/** @type {Node} */ { id }) => id.name);
  }
  return declaration.id ? [declaration.id.name] : [];
}

/** @param {string | undefined} specifier */
function isRelative(specifier) {
  return specifier?.startsWith('.') === true;
}
