// Writes the public interface as text: one page in `api/` for each entry point, with every exported name, its type and its
// members, without comments and private members. `npm run api` writes the pages from the declarations in dist. The step `api` of
// `npm test` compares them, so every change of the public interface is visible: in the diff, or as a failing step.

import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DeclarationGraph, declarationIn, referencesOf } from './declaration-files.js';
import { root } from './typescript-node.js';

/** @typedef {import('./declaration-files.js').Declaration} Declaration */
/** @typedef {import('./declaration-files.js').DeclarationFile} DeclarationFile */
/** @typedef {import('./declaration-files.js').Node} Node */

const command = 'npm run api';

/**
 * The pages, by file name.
 *
 * @param {string} folder of the package
 * @returns {Map<string, string>}
 */
export function apiReport(folder) {
  const { name, exports } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  /** @type {[name: string, path: string][]} */
  const entries = Object.entries(exports)
    .filter(([, { types }]) => types)
    .map(([key, { types }]) => [key.replace('.', name), join(folder, types)]);
  const graph = new DeclarationGraph(entries.map(([, path]) => path));
  const report = new Report(graph, entries);
  return new Map(entries.map(([entry, path]) => [`${entry.replaceAll('/', '-')}.md`, report.page(entry, path)]));
}

class Report {
  /**
   * @param {DeclarationGraph} graph
   * @param {[name: string, path: string][]} entries
   */
  constructor(graph, entries) {
    this.graph = graph;
    /** If several entry points export a name: the one with the fewest exports. @type {Map<Node, string>} */
    this.homes = new Map();
    const size = (/** @type {string} */ path) => graph.exportedNames(path).length;
    for (const [entry, path] of entries.toSorted(([, a], [, b]) => size(b) - size(a))) {
      for (const { declaration } of this.#exportsOf(path)) this.homes.set(declaration.statements[0]?.node, entry);
    }
  }

  /**
   * @param {string} entry
   * @param {string} path
   */
  page(entry, path) {
    const all = this.#exportsOf(path);
    const own = all.filter(({ declaration }) => this.#homeOf(declaration) === entry);
    const homes = new Set(all.map(({ declaration }) => this.#homeOf(declaration)));
    homes.delete(entry);
    const augmentations = [...new DeclarationGraph([path]).files.keys()].flatMap((reached) =>
      this.#augmentationsIn(reached),
    );
    const others = this.#referredTo([...own.map(({ declaration }) => declaration), ...augmentations]);
    return [
      `# ${entry}`,
      '',
      `The public interface, without comments. \`${command}\` writes this page; do not edit it.`,
      ...section('Exports', [
        ...[...homes].map((home) => {
          const names = all.filter(({ declaration }) => this.#homeOf(declaration) === home).map(({ name }) => name);
          return `export { ${names.join(', ')} } from '${home}';`;
        }),
        ...own.map(({ name, declaration }) => {
          return printed(declaration) + (name === 'default' ? `\nexport default ${declaration.name};` : '');
        }),
      ]),
      ...(all.length === 0 ? ['', 'It exports nothing.'] : []),
      ...section('Additions to types of other packages', augmentations.map(printed).sort()),
      ...section('Not exported, but used above', others.map(printed)),
      '',
    ].join('\n');
  }

  /** @param {string} path @returns {Declaration[]} */
  #augmentationsIn(path) {
    const file = this.graph.file(path);
    return file.augmentations.map((statement) => ({ file, name: '', statements: [statement] }));
  }

  /** @param {string} path */
  #exportsOf(path) {
    return this.graph
      .exportedNames(path)
      .sort()
      .flatMap((name) => {
        const declaration = this.graph.exported(path, name);
        return declaration ? [{ name, declaration }] : [];
      });
  }

  /** @param {Declaration} declaration */
  #homeOf({ statements: [statement] }) {
    return this.homes.get(statement?.node);
  }

  /**
   * Declarations that no entry point exports but to which some of these declarations refer.
   *
   * @param {Declaration[]} declarations
   */
  #referredTo(declarations) {
    /** @type {Map<Node, Declaration>} */
    const found = new Map();
    const ahead = [...declarations];
    for (let next = ahead.shift(); next; next = ahead.shift()) {
      for (const { node } of next.statements) {
        for (const name of referencesOf(declarationIn(node))) {
          const other = this.graph.named(next.file, name);
          const key = other?.statements[0]?.node;
          if (!other || this.homes.has(key) || found.has(key)) continue;
          found.set(key, other);
          ahead.push(other);
        }
      }
    }
    return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }
}

/** @param {Declaration} declaration */
function printed({ file, statements }) {
  return statements.map(({ node }) => shown(file, node)).join('\n');
}

/**
 * A statement without comments and private members. The members are sorted by name.
 *
 * @param {DeclarationFile} file
 * @param {Node} node
 */
function shown(file, node) {
  const declaration = declarationIn(node);
  if (!/^(?:ClassDeclaration|TSInterfaceDeclaration)$/.test(declaration.type)) return plain(file, node.start, node.end);
  const head = plain(file, node.start, declaration.body.start);
  const members = declaration.body.body
    .filter((/** @type {Node} */ member) => member.accessibility !== 'private' && member.key?.type !== 'PrivateName')
    .map((/** @type {Node} */ member) => ({
      rank: rankOf(member),
      text: `    ${plain(file, member.start, member.end)}`,
    }))
    .sort((/** @type {{ rank: string }} */ a, /** @type {{ rank: string }} */ b) =>
      a.rank < b.rank ? -1 : +(a.rank > b.rank),
    );
  return [`${head} {`, ...members.map((/** @type {{ text: string }} */ { text }) => text), '}'].join('\n');
}

/** Constructors first, then by name; overloads keep their order. @param {Node} member */
function rankOf({ kind, computed, key, static: isStatic }) {
  if (kind === 'constructor') return '0';
  return `${isStatic ? 1 : 2} ${computed ? '[' : ''}${key?.name ?? key?.property?.name ?? key?.value ?? ''}`;
}

/**
 * @param {DeclarationFile} file
 * @param {number} start
 * @param {number} end
 */
function plain({ text }, start, end) {
  const comment = /\/\*[\s\S]*?\*\/|\/\/[^\n]*/;
  const string = /'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\[\s\S]|[^`\\])*`/;
  return text
    .slice(start, end)
    .replace(new RegExp(`${string.source}|${comment.source}`, 'g'), (token) => (/^\/[/*]/.test(token) ? '' : token))
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => line.trimEnd())
    .join('\n');
}

/**
 * @param {string} title
 * @param {string[]} declarations
 */
function section(title, declarations) {
  return declarations.length === 0 ? [] : ['', `## ${title}`, '', '```ts', declarations.join('\n\n'), '```'];
}

if (process.argv[1] === import.meta.filename) {
  const isCheck = process.argv.includes('--check');
  process.exitCode = (isCheck ? check : update)(apiReport(root), join(root, 'api'));
}

/**
 * @param {Map<string, string>} pages
 * @param {string} folder
 */
function update(pages, folder) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  for (const [name, page] of pages) writeFileSync(join(folder, name), page);
  return 0;
}

/**
 * @param {Map<string, string>} pages
 * @param {string} folder
 */
function check(pages, folder) {
  const names = new Set([...pages.keys(), ...(existsSync(folder) ? readdirSync(folder) : [])]);
  let wrong = 0;
  for (const name of names) {
    const path = join(folder, name);
    const before = existsSync(path) ? readFileSync(path, 'utf8') : '';
    const now = pages.get(name) ?? '';
    if (before === now) continue;
    wrong++;
    console.error(`api/${name} differs from the declarations in dist:`);
    for (const line of linesOnlyIn(before, now)) console.error(`- ${line}`);
    for (const line of linesOnlyIn(now, before)) console.error(`+ ${line}`);
  }
  if (wrong === 0) return 0;
  console.error(`The public interface has changed. If this is intended, run \`${command}\` and commit api/.`);
  return 1;
}

/**
 * @param {string} one
 * @param {string} other
 */
function linesOnlyIn(one, other) {
  const lines = new Set(other.split('\n'));
  return one.split('\n').filter((line) => !lines.has(line));
}
