import { deepStrictEqual as equal, match, rejects } from 'node:assert/strict';
import { isImportingTarget } from '../../../lib/process/travel/importing.ts';
import { loadTarget } from '../../../lib/process/travel/load-target.ts';
import { remote } from '../../../lib/process/travel/remote.ts';
import { suite } from '../../support/harness.ts';
import { type Loaded, Loading } from './loading.ts';

const test = suite('process/travel/load-target');
const plain = new URL('../targets/plain.ts', import.meta.url).href;
const loading = new Loading();
const stripsTypes = Boolean((process.features as { typescript?: string | false }).typescript);

test('(compiles what runs in the threads and processes)', () => loading.build());

const kinds = { thread: 'inThread', process: 'inProcess' } as const;
for (const [kind, load] of Object.entries(kinds)) {
  test(`${kind}: a TypeScript target runs`, async () => {
    equal((await loading[load]({ module: plain, export: 'x' }, { x: 7 })).value, 7);
    equal((await loading[load]({ module: plain, export: 'default' })).value, 'the default');
  });

  test(`${kind}: TypeScript that Node does not run goes through tsx`, async () => {
    loading.write('dep.ts', 'export const two: number = 2;');
    const enums = loading.write('enum.ts', 'enum Color { Red, Green }\nexport default () => Color.Green;');
    const imports = loading.write('imports.ts', "import { two } from './dep.js';\nexport default () => two;");
    const jsx = loading.write('jsx.tsx', 'export default (): string => "tsx";');
    const common = loading.write('common.cts', 'const three: number = 3;\nexports.three = () => three;');
    equal((await loading[load]({ module: enums, export: 'default' })).value, 1);
    equal((await loading[load]({ module: imports, export: 'default' })).value, 2);
    equal((await loading[load]({ module: jsx, export: 'default' })).value, 'tsx');
    equal((await loading[load]({ module: common, export: 'three' })).value, 3);
  });

  test(`${kind}: with tsx, each module exists once`, async () => {
    loading.write('shared.mjs', 'globalThis.seen = (globalThis.seen ?? 0) + 1;');
    const target = loading.write('once.mts', "import './shared.mjs';\nenum A { B }\nexport default () => A.B;");
    const main = loading.write('main.mjs', "import './shared.mjs';\nexport { default } from './once.mts';");
    const direct = await loading[load]({ module: target, export: 'default' });
    equal([direct.value, direct.seen], [0, 1]);
    if (!stripsTypes) return; // There, a JavaScript module that imports TypeScript needs `--import tsx`.
    const indirect = await loading[load]({ module: main, export: 'default' });
    equal([indirect.value, indirect.seen], [0, 1]);
  });

  test(`${kind}: the stack of a TypeScript target shows the lines of the source`, async () => {
    match((await loading[load]({ module: plain, export: 'fail' })).error?.stack ?? '', /plain\.ts:12:23/);
    const enums = loading.write(
      'lines.ts',
      'enum Color {\n  Red,\n}\nexport default () => {\n  throw new Error(Color[0]);\n};',
    );
    match(
      (await loading[load]({ module: enums, export: 'default' })).error?.stack ?? '',
      /Error: Red\n.*lines\.ts:5:9/,
    );
  });

  test(`${kind}: a CommonJS target runs, also by a name that Node does not find`, async () => {
    const module = loading.write(
      'common.cjs',
      "Object.assign(exports, { ['hid' + 'den']: () => 4 });\nexports.plain = () => 5;",
    );
    equal((await loading[load]({ module, export: 'hidden' })).value, 4);
    equal((await loading[load]({ module, export: 'plain' })).value, 5);
  });

  test(`${kind}: what does not exist is named`, async () => {
    const gone = new URL('./gone.ts', import.meta.url).href;
    const missing = await loading[load]({ module: gone, export: 'work' });
    equal(missing.error?.message, `the module ${gone} of the target "work" does not exist`);
    const nameless = await loading[load]({ module: plain, export: 'toString' });
    equal(
      nameless.error?.message,
      `the module ${plain} has no export "toString": it exports default, fail, noFunction, x`,
    );
  });

  test(`${kind}: an error in the module is the failure`, async () => {
    const throwing = loading.write('throws.mjs', 'throw new RangeError("top level");\nexport const work = 1;');
    const failing = await loading[load]({ module: throwing, export: 'work' });
    equal([failing.error?.name, failing.error?.message], ['RangeError', 'top level']);
    const lacking = loading.write('lacks.mjs', "import './nowhere.js';\nexport const work = 1;");
    equal((await loading[load]({ module: lacking, export: 'work' })).error?.code, 'ERR_MODULE_NOT_FOUND');
  });

  test(`${kind}: top-level code of a target is told from what runs otherwise`, async () => {
    const source = `
      const before = isImportingTarget();
      await new Promise((resolve) => setTimeout(resolve, 1));
      globalThis.seen = { before, after: isImportingTarget() };
      const later = new Promise((resolve) => setTimeout(() => resolve(isImportingTarget()), 50));
      export default () => later;`;
    const direct = loading.write('top.mjs', source);
    const imported = loading.write('imported.mjs', "export { default } from './top.mjs';");
    const throughTsx = loading.write('top.mts', `enum A { B }\n${source}`);
    for (const module of [direct, imported, throughTsx]) {
      const loaded: Loaded = await loading[load]({ module, export: 'default' });
      equal(loaded.seen, { before: true, after: true });
      equal(loaded.importing, { before: false, after: false });
      equal(loaded.value, false);
    }
  });
}

test('without tsx the error says what to do', async () => {
  const module = loading.write('lonely.ts', 'enum A { B }\nexport default () => A.B;');
  const { error } = await loading.inFolder(loading.folder, { module, export: 'default' });
  match(
    error?.message ?? '',
    /^Node v\d+\.\d+\.\d+ cannot run the TypeScript of file:.*lonely\.ts.*: install tsx in the program, or compile/,
  );
});

test('without tsx, a missing dependency is the error of Node', async () => {
  const module = loading.write('half.mts', "import './dep.js';\nexport default 1;");
  const { error } = await loading.inFolder(loading.folder, { module, export: 'default' });
  if (stripsTypes) equal(error?.code, 'ERR_MODULE_NOT_FOUND');
  else match(error?.message ?? '', /install tsx/);
});

test('a name that remote() was given for another function is an error', async () => {
  const place = { module: plain, export: 'x' };
  remote(plain, 'x', () => {});
  await rejects(loadTarget(place), /is not the function of remote\(import\.meta\.url, 'x', …\)/);
});

test('a greenlet that runs beside an import may start processes', async () => {
  const during = loadTarget({ module: plain, export: 'fail' });
  equal(isImportingTarget(), false);
  await during;
  equal(isImportingTarget(), false);
});

test('(removes its folder)', () => loading.remove());

test.run();
