// Writes the part of the ESLint vocabulary that follows from lib/sync and lib/process: of each exported class, the
// methods that give operations. The rule must not load greenhub, so it has the names written down. They are
// written here, so that a new queue or lock is declared in the index.ts of its room and nowhere else.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseSync } from '@babel/core';
import { root } from './typescript-node.js';

const lib = join(root, 'lib');
const target = join(root, 'lib/eslint/coordination.ts');

/** Writes the file if it has changed. */
export function writeVocabulary() {
  const text = vocabularyText();
  if (!existsSync(target) || readFileSync(target, 'utf8') !== text) writeFileSync(target, text);
}

export function vocabularyText() {
  return `// Written by \`npm run build\` from what lib/sync/index.ts and lib/process/index.ts export. Do not edit.

type Classes = Readonly<Record<string, readonly string[]>>;

/** Of each class of lib/sync, the methods that give operations. All of them only wait. */
export const coordination: Classes = {
${entriesOf('sync/index.ts').join('\n')}
};

/** Of each class of lib/process, the methods that give operations. */
export const processes: Classes = {
${entriesOf('process/index.ts').join('\n')}
};
`;
}

/**
 * @param {string} index
 * @returns {string[]}
 */
function entriesOf(index) {
  return exportedClasses(index).flatMap(({ name, file }) => {
    const methods = operationsOf(name, file);
    return methods.length === 0 ? [] : [entry(name, methods)];
  });
}

/**
 * An entry as the formatter writes it.
 *
 * @param {string} name
 * @param {string[]} methods
 */
function entry(name, methods) {
  const names = methods.map((method) => `'${method}'`);
  const line = `  ${name}: [${names.join(', ')}],`;
  return line.length <= 120 ? line : `  ${name}: [\n${names.map((each) => `    ${each},\n`).join('')}  ],`;
}

/**
 * @param {string} index
 * @returns {{ name: string, file: string }[]}
 */
function exportedClasses(index) {
  return statementsOf(index).flatMap((/** @type {any} */ { type, exportKind, source, specifiers }) => {
    if (!type.startsWith('Export') || exportKind === 'type') return [];
    const file = join(dirname(index), source.value);
    if (type === 'ExportAllDeclaration') return exportedClasses(file);
    return specifiers
      .filter((/** @type {any} */ specifier) => specifier.exportKind !== 'type')
      .map((/** @type {any} */ { exported }) => ({ name: exported.name, file }));
  });
}

/**
 * Inherited methods come first.
 *
 * @param {string} name
 * @param {string} file
 * @returns {string[]}
 */
function operationsOf(name, file) {
  const statements = statementsOf(file);
  const found = statements
    .map((/** @type {any} */ statement) => statement.declaration ?? statement)
    .find((/** @type {any} */ { type, id }) => type === 'ClassDeclaration' && id.name === name);
  // A constant, such as `Local`, or a function.
  if (found === undefined) return [];
  const base = found.superClass?.name;
  const imported = statements.find(
    (/** @type {any} */ { type, specifiers }) =>
      type === 'ImportDeclaration' && specifiers.some((/** @type {any} */ { local }) => local.name === base),
  );
  const inherited = imported === undefined ? [] : operationsOf(base, join(dirname(file), imported.source.value));
  const own = found.body.body.filter(givesOperation).map((/** @type {any} */ { key }) => key.name);
  return [...new Set([...inherited, ...own])];
}

/** @param {any} member */
function givesOperation({ type, static: isStatic, accessibility, leadingComments, returnType }) {
  const isInternal = leadingComments?.some((/** @type {any} */ { value }) => value.includes('@internal'));
  if (!['ClassMethod', 'TSDeclareMethod'].includes(type) || isStatic || accessibility || isInternal) return false;
  return returnType?.typeAnnotation.typeName?.name === 'Operation';
}

/** @param {string} file */
function statementsOf(file) {
  const tree = /** @type {any} */ (
    parseSync(readFileSync(join(lib, file), 'utf8'), {
      configFile: false,
      babelrc: false,
      parserOpts: { plugins: ['typescript', 'explicitResourceManagement'] },
    })
  );
  return tree.program.body;
}
