// Reduces dist to what npm publishes: `npm pack` and `npm publish` run it after the build, and build dist anew afterwards. The
// checkout keeps the full dist, whose source maps lead to lib/. They would make the package five times as large.
//
//  * terser takes out white space and shortens the names of parameters and variables. Functions, classes, methods and properties
//    keep their names, and most statements a line of their own. So a stack trace still says where an error comes from.
//  * Declarations are indented by tabs, which saves 1 kB.
//  * The source maps go, with the comments that refer to them: some bundlers warn if a map is missing.

import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './typescript-node.js';

/** `import(…)` of a name would need terser for every type check; only this script does. */
const terser = /** @type {{ minify(code: string, options: object): Promise<{ code: string }> }} */ (
  await import(import.meta.resolve('terser'))
);

const options = {
  parse: { module: true },
  // Without `unused`, which drops names that stack traces need.
  compress: {
    defaults: false,
    join_vars: true,
    dead_code: true,
    booleans: true,
    conditionals: true,
    evaluate: true,
    if_return: true,
  },
  mangle: { toplevel: true, keep_fnames: true, keep_classnames: true },
  // A line end instead of a semicolon. Bundlers need the marks of pure calls.
  format: { semicolons: false, preserve_annotations: true },
};

const dist = join(root, 'dist');
for (const name of readdirSync(dist, { recursive: true, encoding: 'utf8' })) {
  const file = join(dist, name);
  if (name.endsWith('.map')) rmSync(file);
  else if (name.endsWith('.d.ts')) rewrite(file, packed(readFileSync(file, 'utf8')));
  else if (name.endsWith('.js')) rewrite(file, (await terser.minify(readFileSync(file, 'utf8'), options)).code);
}

/**
 * @param {string} file
 * @param {string} text
 */
function rewrite(file, text) {
  writeFileSync(file, text.endsWith('\n') ? text : `${text}\n`);
}

/** @param {string} declarations */
function packed(declarations) {
  return declarations
    .replace(/\n?\/\/# sourceMappingURL=.*\s*$/, '\n')
    .replace(/^(?: {4})+/gm, (spaces) => '\t'.repeat(spaces.length / 4));
}
