// Restores the constants of a bundle. esbuild declares the top level of a module with `var`. V8 then cannot assume that the
// kernel, the tokens and the states of greenlets never change, and loads and checks them at each use. With constants, a switch
// is 10 % cheaper and `sleep(0)` 14 %. The same holds for values that one chunk imports from another; each gets its own constant.
//
// It also restores the names of classes: if a class names itself (`static { … GreenletExit … }`), esbuild renames it to
// `_GreenletExit`, and programs would see that in `error.constructor.name`.
//
// And it lets bundlers drop the classes that a program does not use. A class with a static block or a computed name, such as
// `[TEXT]() {}`, counts as a side effect, and most of ours have one. So each class is made by a function that is marked as pure.
// That took a bundle of spawn(), joinall() and sleep() from 33 to 23 KB.
//
// Last, it takes out the comments: a fifth of what a program parses before it begins, and 0.3 to 2 ms of its start. The sources in
// lib/ have them, where source maps lead.
//
// No line moves. Columns move in import declarations, which source maps do not cover, and in the lines in which a class begins
// and ends. So the source maps stay valid.

import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseSync, traverse } from '@babel/core';

/**
 * Rewrites the chunks of one bundle in place.
 *
 * @param {string[]} paths all of them
 */
export function declareConstants(paths) {
  const chunks = new Map(paths.map((path) => [path, readChunk(path)]));
  for (const [path, { text, constants, classes, imports, renamed, comments }] of chunks) {
    const edits = [
      ...renamed.map(({ start, name }) => replacing(text, start, `_${name}`, ` ${name}`)),
      ...comments.flatMap((comment) => blanking(text, comment)),
      ...constants.map(({ start, name }) => replacing(text, start, `var ${name} = `, `const ${name}=`)),
      ...classes.flatMap(making),
      ...imports.flatMap((declaration) =>
        importing(declaration, chunks.get(join(dirname(path), declaration.source))?.exported),
      ),
    ];
    writeFileSync(path, edited(text, edits));
  }
}

/**
 * @typedef {{ start: number, end: number, text: string }} Edit
 * @typedef {{ start: number, end: number, name: string, isAnonymous: boolean }} ClassDeclaration
 * @typedef {{ end: number, imported: string, local: string }} Specifier
 * @typedef {{ end: number, source: string, specifiers: Specifier[] }} ImportDeclaration
 */

/** @type {import('@babel/core').ParserOptions & import('@babel/core').TransformOptions} */
const parsing = { sourceType: 'module', configFile: false, babelrc: false };

/** @param {string} path */
function readChunk(path) {
  const text = readFileSync(path, 'utf8');
  /** @type {{ start: number, name: string }[]} */
  const constants = [];
  /** @type {ClassDeclaration[]} */
  const classes = [];
  /** @type {ImportDeclaration[]} */
  const imports = [];
  /** The places where a class has the name that esbuild gave it. @type {{ start: number, name: string }[]} */
  const renamed = [];
  /** Values only: V8 checks the targets of calls in any case, so functions and classes gain nothing. @type {Set<string>} */
  const values = new Set();
  /** The exported values. @type {Set<string>} */
  const exported = new Set();
  const tree = /** @type {import('@babel/core').types.File} */ (parseSync(text, parsing));
  traverse(tree, {
    Program({ scope, node }) {
      const isConstant = (/** @type {string} */ name) => scope.getBinding(name)?.constant === true;
      for (const statement of node.body) {
        if (statement.type === 'VariableDeclaration' && statement.kind === 'var') {
          const [{ id, init } = {}, ...others] = statement.declarations;
          const name = id?.type === 'Identifier' ? id.name : '';
          if (!init || others.length > 0 || !isConstant(name)) continue;
          constants.push({ start: Number(statement.start), name });
          if (!/Class|Function/.test(init.type)) values.add(name);
          if (init.type === 'ClassExpression') {
            classes.push({ start: Number(init.start), end: Number(init.end), name, isAnonymous: !init.id });
          }
        } else if (statement.type === 'ImportDeclaration' && statement.source.value.startsWith('.')) {
          for (const { local } of statement.specifiers) {
            if (scope.hasBinding(`${local.name}$`)) throw new Error(`${local.name}$ is taken in ${path}`);
          }
          imports.push({
            end: Number(statement.end),
            source: statement.source.value,
            specifiers: statement.specifiers.map((specifier) => ({
              end: Number(specifier.end),
              imported: 'imported' in specifier && 'name' in specifier.imported ? specifier.imported.name : '',
              local: specifier.local.name,
            })),
          });
        } else if (statement.type === 'ExportNamedDeclaration') {
          for (const specifier of statement.specifiers) {
            if (!('local' in specifier && 'name' in specifier.exported)) continue;
            if (values.has(specifier.local.name)) exported.add(specifier.exported.name);
          }
        }
      }
    },
    ClassExpression({ node: { id }, parent, scope }) {
      if (!id || parent.type !== 'VariableDeclarator' || parent.id.type !== 'Identifier') return;
      const { name } = parent.id;
      const binding = scope.getBinding(id.name);
      if (id.name !== `_${name}` || binding === undefined) return;
      const outer = scope.getBinding(name);
      if (binding.referencePaths.some((reference) => reference.scope.getBinding(name) !== outer)) return;
      for (const { start } of [id, ...binding.referencePaths.map(({ node }) => node)]) {
        renamed.push({ start: Number(start), name });
      }
    },
  });
  const comments = (tree.comments ?? []).map(({ start, end }) => ({ start: Number(start), end: Number(end) }));
  return { text, constants, classes, imports, exported, renamed, comments };
}

/**
 * Wraps a class in a function that returns it. There the constant no longer names it, so an anonymous class is given the name.
 *
 * @param {ClassDeclaration} declaration
 * @returns {Edit[]}
 */
function making({ start, end, name, isAnonymous }) {
  const afterKeyword = start + 'class'.length;
  return [
    { start, end: start, text: '/* @__PURE__ */(()=>' },
    ...(isAnonymous ? [{ start: afterKeyword, end: afterKeyword, text: ` ${name}` }] : []),
    { start: end, end, text: ')()' },
  ];
}

/**
 * Takes out a comment that ends its line, and leaves its line breaks. So bundlers keep their marks for pure calls.
 *
 * @param {string} text
 * @param {{ start: number, end: number }} comment
 * @returns {Edit[]}
 */
function blanking(text, { start, end }) {
  const comment = text.slice(start, end);
  const endsLine = /[\r\n]/.test(text.charAt(end));
  if (!endsLine || comment.startsWith('//# ')) return [];
  let first = start;
  while (/[ \t]/.test(text.charAt(first - 1))) first -= 1;
  return [{ start: first, end, text: comment.replace(/[^\n]+/g, '') }];
}

/**
 * @param {ImportDeclaration} declaration
 * @param {Set<string>} [exported]
 * @returns {Edit[]}
 */
function importing({ end, specifiers }, exported) {
  const constants = specifiers.filter(({ imported }) => exported?.has(imported));
  if (constants.length === 0) return [];
  const declarators = constants.map(({ local }) => `${local}=${local}$`);
  return [
    ...constants.map((specifier) => ({
      start: specifier.end,
      end: specifier.end,
      text: specifier.imported === specifier.local ? ` as ${specifier.local}$` : '$',
    })),
    { start: end, end, text: `const ${declarators.join(',')};` },
  ];
}

/**
 * @param {string} text
 * @param {number} start
 * @param {string} present
 * @param {string} instead
 * @returns {Edit}
 */
function replacing(text, start, present, instead) {
  const end = start + present.length;
  if (text.slice(start, end) !== present) throw new Error(`expected ${present}, not ${text.slice(start, end)}`);
  return { start, end, text: instead };
}

/**
 * @param {string} text
 * @param {Edit[]} edits
 */
function edited(text, edits) {
  let result = '';
  let done = 0;
  for (const edit of edits.sort((a, b) => a.start - b.start)) {
    result += text.slice(done, edit.start) + edit.text;
    done = edit.end;
  }
  return result + text.slice(done);
}
