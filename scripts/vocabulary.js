// Writes the part of the ESLint vocabulary that follows from lib/sync: of each exported class, the methods
// that give operations. The rule must not load greenhub, so it has the names written down. They are
// written here, so that a new queue or lock is declared in lib/sync/index.ts and nowhere else.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseSync } from '@babel/core';
import { root } from './typescript-node.js';

const room = join(root, 'lib/sync');
const target = join(root, 'lib/eslint/coordination.ts');

/** Writes the file if it has changed. */
export function writeVocabulary() {
  const text = vocabularyText();
  if (!existsSync(target) || readFileSync(target, 'utf8') !== text) writeFileSync(target, text);
}

export function vocabularyText() {
  const entries = exportedClasses().flatMap(({ name, file }) => {
    const methods = operationsOf(name, file);
    return methods.length === 0 ? [] : [`  ${name}: [${methods.map((method) => `'${method}'`).join(', ')}],`];
  });
  return `// Written by \`npm run build\` from what lib/sync/index.ts exports. Do not edit.

/** Of each class of lib/sync, the methods that give operations. All of them only wait. */
export const coordination: Readonly<Record<string, readonly string[]>> = {
${entries.join('\n')}
};
`;
}

/** @returns {{ name: string, file: string }[]} */
function exportedClasses() {
  return statementsOf('index.ts').flatMap((/** @type {any} */ { exportKind, source, specifiers }) =>
    exportKind === 'type'
      ? []
      : specifiers
          .filter((/** @type {any} */ specifier) => specifier.exportKind !== 'type')
          .map((/** @type {any} */ { exported }) => ({ name: exported.name, file: source.value })),
  );
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
  // A constant, such as `Local`.
  if (found === undefined) return [];
  const base = found.superClass?.name;
  const imported = statements.find(
    (/** @type {any} */ { type, specifiers }) =>
      type === 'ImportDeclaration' && specifiers.some((/** @type {any} */ { local }) => local.name === base),
  );
  const inherited = imported?.source.value.startsWith('./') ? operationsOf(base, imported.source.value) : [];
  const own = found.body.body.filter(givesOperation).map((/** @type {any} */ { key }) => key.name);
  return [...new Set([...inherited, ...own])];
}

/** @param {any} member */
function givesOperation({ type, accessibility, leadingComments, returnType }) {
  const isInternal = leadingComments?.some((/** @type {any} */ { value }) => value.includes('@internal'));
  if (!['ClassMethod', 'TSDeclareMethod'].includes(type) || accessibility || isInternal) return false;
  return returnType?.typeAnnotation.typeName?.name === 'Operation';
}

/** @param {string} file */
function statementsOf(file) {
  const tree = /** @type {any} */ (
    parseSync(readFileSync(join(room, file), 'utf8'), {
      configFile: false,
      babelrc: false,
      parserOpts: { plugins: ['typescript', 'explicitResourceManagement'] },
    })
  );
  return tree.program.body;
}
