/** Which programs of the documentation run in a browser. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { compileForBrowser } from '../../scripts/browser-programs.js';
import { root } from '../../scripts/typescript-node.js';

const test = suite('scripts/browser-programs');
let folder = '';

test.before(() => {
  folder = mkdtempSync(join(tmpdir(), 'browser-programs-'));
});
test.after(() => rmSync(folder, { recursive: true, force: true }));

test('a program that needs Node is left out, the others keep the names of their functions', async () => {
  const sources: Readonly<Record<string, string>> = {
    core: "import { spawn } from 'greenhub';\nspawn(function* transfer() {});",
    patches: "import { patchAll } from 'greenhub/monkey';\npatchAll();",
    node: "import 'node:fs';",
    'through-greenhub': "import { connect } from 'greenhub/net';\nconsole.log(connect);",
    'no-such-export': "import { signalHandler } from 'greenhub/monkey';\nconsole.log(signalHandler);",
  };
  const programs = Object.entries(sources).map(([id, code]) => ({ id, code, folder: root }));

  const runnable = await compileForBrowser(programs, {}, folder);

  assert.equal([...runnable], ['core', 'patches']);
  assert.equal(
    Object.keys(sources).filter((id) => existsSync(join(folder, `${id}.js`))),
    ['core', 'patches'],
  );
  assert.match(readFileSync(join(folder, 'core.js'), 'utf8'), 'transfer');
});

test.run();
