// Reduces the declarations in dist to the public interface. tsc writes everything that lib declares; this script removes
//
//  * everything marked `@internal`, and `protected` members, because our classes are not designed for overriding;
//  * the comments of `private` members;
//  * `implements` of interfaces that no entry point exports;
//  * everything to which no entry point refers after that.
//
// tsc's `stripInternal` does only a part of this. It keeps setters and `implements`. A class that loses its constructor can be
// instantiated by anyone. And it forgets names, so a subclass with its own `state` would break without an error. Here a class
// keeps the bare name of a removed member, as `private state;`, as tsc does for private members, and an internal constructor
// becomes a `protected` one.
//
// Only whole lines change, and the source maps with them, so editors still find the sources.

import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DeclarationGraph, declarationIn, referencesOf } from './declaration-files.js';
import { Hierarchy, isHidden, isInternal, membersOf, nameOf, shows } from './declaration-members.js';
import { editLines } from './line-edits.js';

/** @typedef {import('./declaration-files.js').DeclarationFile} DeclarationFile */
/** @typedef {import('./declaration-files.js').Statement} Statement */
/** @typedef {import('./declaration-files.js').Node} Node */
/** @typedef {import('./line-edits.js').Edit} Edit */

/**
 * @param {string} folder where the declarations are
 * @param {string[]} entries the paths of the entry points' declarations
 * @throws Error if augmentations of other packages' types would be lost
 */
export function publishDeclarations(folder, entries) {
  const graph = new DeclarationGraph(entries);
  const publication = new Publication(graph, entries);
  for (const path of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!path.endsWith('.d.ts')) continue;
    const file = graph.files.get(join(folder, path));
    if (file && publication.reaches(file)) editLines(file.path, publication.editsOf(file));
    else remove(join(folder, path));
  }
}

/** The published part of a graph. */
class Publication {
  /**
   * @param {DeclarationGraph} graph
   * @param {string[]} entries
   */
  constructor(graph, entries) {
    this.graph = graph;
    this.hierarchy = new Hierarchy(graph);
    /** The exports of the entry points. @type {Set<Statement>} */
    this.exported = new Set();
    /** @type {Set<Statement>} */
    this.reached = new Set();
    /** @type {Set<DeclarationFile>} */
    this.reachedFiles = new Set();
    /** The files through which a name is reached, with these names. @type {Map<DeclarationFile, Set<string>>} */
    this.passed = new Map();
    for (const path of entries) this.#noteExported(path);
    for (const path of entries) this.#reachEntry(path);
  }

  /** @param {DeclarationFile} file */
  reaches(file) {
    return this.reachedFiles.has(file);
  }

  /**
   * @param {DeclarationFile} file
   * @returns {Edit[]}
   */
  editsOf(file) {
    const used = new Set(
      file.statements
        .filter((statement) => this.#isKept(statement))
        .flatMap((statement) => [...this.#referencesOf(statement)]),
    );
    return file.statements.flatMap((statement) => {
      const { node } = statement;
      if (node.type === 'ImportDeclaration') return trimmed(file, node, ({ local }) => used.has(local.name));
      if (node.type === 'ExportNamedDeclaration' && node.source) {
        const passed = this.passed.get(file);
        return trimmed(file, node, ({ exported }) => passed?.has(exported.name) === true);
      }
      return this.#isKept(statement) ? this.#memberEdits(statement) : [{ ...linesOf(node), text: null }];
    });
  }

  /** @param {string} path */
  #noteExported(path) {
    for (const name of this.graph.exportedNames(path)) {
      for (const statement of this.graph.exported(path, name)?.statements ?? []) this.exported.add(statement);
    }
  }

  /** @param {string} path */
  #reachEntry(path) {
    const entry = this.graph.file(path);
    this.#reachFile(entry);
    for (const name of this.graph.exportedNames(path)) this.#reachExport(entry, name);
  }

  /** @param {DeclarationFile} file */
  #reachFile(file) {
    if (this.reachedFiles.has(file)) return;
    this.reachedFiles.add(file);
    for (const statement of file.augmentations) this.#reach(statement);
    for (const path of file.loaded) this.#reachFile(this.graph.file(path));
  }

  /**
   * @param {DeclarationFile} file
   * @param {string} name
   */
  #reachExport(file, name) {
    this.#reachFile(file);
    const passed = this.passed.get(file) ?? new Set();
    if (passed.has(name)) return;
    this.passed.set(file, passed.add(name));
    const origin = file.exports.get(name);
    if (!origin) {
      const source = file.exportsAllOf.find((path) => this.graph.exported(path, name));
      if (source) this.#reachExport(this.graph.file(source), name);
    } else if ('path' in origin) {
      if (origin.path === file.path) this.#reachName(file, origin.name);
      else this.#reachExport(this.graph.file(origin.path), origin.name);
    }
  }

  /**
   * @param {DeclarationFile} file
   * @param {string} name
   */
  #reachName(file, name) {
    for (const statement of file.declaring(name)) this.#reach(statement);
    const origin = file.imports.get(name);
    if (origin && 'path' in origin) this.#reachExport(this.graph.file(origin.path), origin.name);
  }

  /** @param {Statement} statement */
  #reach(statement) {
    if (this.reached.has(statement) || isInternal(statement.node)) return;
    this.reached.add(statement);
    this.#reachFile(statement.file);
    for (const name of this.#referencesOf(statement)) this.#reachName(statement.file, name);
  }

  /** @param {Statement} statement */
  #isKept(statement) {
    if (statement.names.length > 0) return this.reached.has(statement);
    return statement.node.type !== 'ImportDeclaration';
  }

  /** The names to which the kept parts of a statement refer. @param {Statement} statement @returns {Set<string>} */
  #referencesOf(statement) {
    const declaration = declarationIn(statement.node);
    const members = membersOf(declaration);
    if (!members) return referencesOf(declaration);
    const kept = members.filter((member) => !isHidden(member, members));
    const body = { ...declaration.body, body: kept };
    return referencesOf({ ...declaration, body, implements: this.#implemented(statement) });
  }

  /** The public interfaces that a class implements. @param {Statement} statement @returns {Node[]} */
  #implemented({ file, node }) {
    return (declarationIn(node).implements ?? []).filter((/** @type {Node} */ { expression }) => {
      const declaration = this.graph.named(file, expression.name);
      return !declaration || declaration.statements.some((statement) => this.exported.has(statement));
    });
  }

  /** @param {Statement} statement @returns {Edit[]} */
  #memberEdits(statement) {
    const declaration = declarationIn(statement.node);
    const members = membersOf(declaration) ?? [];
    /** @type {Set<string>} */
    const told = new Set();
    const edits = members
      .filter((member) => isHidden(member, members))
      .map((member) => ({ ...linesOf(member), text: this.#standIn(statement, member, told) }));
    return [...this.#headEdits(statement), ...edits, ...members.filter(isPrivate).flatMap(withoutComment)];
  }

  /**
   * What stands for a hidden member.
   *
   * @param {Statement} statement
   * @param {Node} member
   * @param {Set<string>} told the names for which something stands in already
   */
  #standIn(statement, member, told) {
    const name = nameOf(member);
    if (declarationIn(statement.node).type !== 'ClassDeclaration' || member.computed || told.has(name)) return null;
    told.add(name);
    if (member.kind === 'constructor') return shows(statement, member) ? null : '    protected constructor();';
    if (!this.hierarchy.isOnlyHiddenIn(statement, member)) return null;
    return `    private ${member.static ? 'static ' : ''}${member.key.name};`;
  }

  /** @param {Statement} statement @returns {Edit[]} */
  #headEdits(statement) {
    const { file, node } = statement;
    const declaration = declarationIn(node);
    const all = declaration.implements ?? [];
    const kept = this.#implemented(statement);
    if (kept.length === all.length) return [];
    const before =
      declaration.superTypeParameters ?? declaration.superClass ?? declaration.typeParameters ?? declaration.id;
    const line = before.loc.end.line;
    if (all.at(-1).loc.end.line !== line) throw new Error(`${file.path}:${line} has its implements on several lines`);
    const texts = kept.map(({ start, end }) => file.text.slice(start, end));
    const clause = texts.length > 0 ? ` implements ${texts.join(', ')}` : '';
    const text = file.text.split('\n')[line - 1] ?? '';
    const { column } = before.loc.end;
    return [{ from: line, to: line, text: text.slice(0, column) + clause + text.slice(all.at(-1).loc.end.column) }];
  }
}

/**
 * A node and its comments.
 *
 * @param {Node} node
 * @returns {{ from: number, to: number }}
 */
function linesOf(node) {
  return { from: (node.leadingComments?.[0] ?? node).loc.start.line, to: node.loc.end.line };
}

/** Whether a member is private and visible, so that only its name is published. @param {Node} member */
function isPrivate(member) {
  return member.accessibility === 'private' && !isInternal(member);
}

/** @param {Node} node @returns {Edit[]} */
function withoutComment(node) {
  const from = node.leadingComments?.[0]?.loc.start.line;
  return from === undefined ? [] : [{ from, to: node.loc.start.line - 1, text: null }];
}

/**
 * Reduces an import or export to some of its names.
 *
 * @param {DeclarationFile} file
 * @param {Node} node
 * @param {(specifier: Node) => boolean} isUsed
 * @returns {Edit[]}
 */
function trimmed(file, node, isUsed) {
  /** @type {Node[]} */
  const used = node.specifiers.filter(isUsed);
  if (used.length === node.specifiers.length) return [];
  if (used.length === 0) return [{ ...linesOf(node), text: null }];
  const isBraced = (/** @type {Node} */ { type }) => type === 'ImportSpecifier' || type === 'ExportSpecifier';
  const textOf = (/** @type {Node} */ { start, end }) => file.text.slice(start, end);
  const braced = used.filter(isBraced).map(textOf);
  const listed = [
    ...used.filter((specifier) => !isBraced(specifier)).map(textOf),
    ...(braced.length > 0 ? [`{ ${braced.join(', ')} }`] : []),
  ];
  const keyword = node.type === 'ImportDeclaration' ? 'import' : 'export';
  const type = (node.importKind ?? node.exportKind) === 'type' ? ' type' : '';
  const text = `${keyword}${type} ${listed.join(', ')} from '${node.source.value}';`;
  return [{ from: node.loc.start.line, to: node.loc.end.line, text }];
}

/** @param {string} path */
function remove(path) {
  if (/^declare (?:global|module)\b/m.test(readFileSync(path, 'utf8'))) {
    throw new Error(
      `${path} augments types of other packages, but no published file loads it: import it in the entry point`,
    );
  }
  rmSync(path);
  rmSync(`${path}.map`, { force: true });
}
