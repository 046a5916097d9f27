import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { runProgram } from '../support/child.ts';
import type { Ended } from '../support/ending.ts';
import { suite } from '../support/harness.ts';

const test = suite('late-capture');

/** Runs a program that can `require(path)` modules with these texts. `PATCH` in the program loads greenhub/monkey. */
async function run(modules: Record<string, string>, program: string): Promise<Ended> {
  const folder = mkdtempSync(join(tmpdir(), 'greenhub-late-'));
  try {
    for (const [name, text] of Object.entries(modules)) writeFileSync(join(folder, `${name}.cjs`), text);
    return await runProgram(`
      const { createRequire } = await import('node:module');
      const require = createRequire(${JSON.stringify(join(folder, 'main.cjs'))});
      const monkey = await import('greenhub/monkey');
      process.on('warning', ({ name }) => console.log(name));
      ${program}
    `);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('a CommonJS module that exports a function captured too early is named once', async () => {
  const { code, stdout, stderr } = await run(
    {
      object: `exports.wait = require('node:timers/promises').setTimeout; exports.get = fetch;`,
      whole: `module.exports = require('node:events').once;`,
    },
    `
      require('./object.cjs');
      require('./whole.cjs');
      monkey.patchAll();
      monkey.unpatchAll();
      monkey.patchAll();
      await sleep(1);
      monkey.unpatchAll();
      monkey.patchTimers();
    `,
  );

  assert.equal([code, stdout], [0, 'MonkeyPatchWarning\n'], stderr);
  assert.match(stderr, /timers\/promises\.setTimeout as exports\.wait of .*object\.cjs/);
  assert.match(stderr, /globalThis\.fetch as exports\.get of .*object\.cjs/);
  assert.match(stderr, /events\.once as module\.exports of .*whole\.cjs/);
  assert.match(stderr, /greenhub\/monkey\/register/);
});

test('modules that are loaded after the patches, that use Node’s modules whole, or that export other things, are no reason', async () => {
  const { code, stdout, stderr } = await run(
    {
      before: `
        const timers = require('node:timers/promises');
        module.exports = { timers, wait: (ms) => timers.setTimeout(ms), nothing: null, text: 'fetch', EventEmitter: require('events') };
        Object.defineProperty(module.exports, 'lazy', { enumerable: true, get() { console.log('called'); return fetch; } });
      `,
      nothing: `module.exports = null;`,
      text: `module.exports = 'text';`,
      after: `exports.wait = require('node:timers/promises').setTimeout;`,
    },
    `
      for (const name of ['before', 'nothing', 'text']) require('./' + name + '.cjs');
      monkey.patchAll();
      require('./after.cjs');
      await sleep(1);
    `,
  );

  assert.equal([code, stdout, stderr], [0, '', '']);
});

test('an ES module that imports names before they are patched is no reason: its imports are live', async () => {
  const { code, stdout, stderr } = await run(
    {},
    `
      const { setTimeout: wait } = await import('node:timers/promises');
      const { once } = await import('node:events');
      monkey.patchAll();
      await sleep(1);
    `,
  );

  assert.equal([code, stdout, stderr], [0, '', '']);
});

test('many are named in part', async () => {
  const { stderr } = await run(
    { many: `for (let n = 0; n < 12; n += 1) exports['f' + n] = fetch;` },
    `
      require('./many.cjs');
      monkey.patchFetch();
      await sleep(1);
    `,
  );

  assert.is(stderr.split('\n').filter((line) => line.includes('globalThis.fetch as')).length, 10);
  assert.match(stderr, /and 2 more/);
});

test('a module whose exports throw is skipped', async () => {
  const { code, stdout, stderr } = await run(
    { proxy: `module.exports = new Proxy({}, { ownKeys() { throw new Error('not yet'); } });` },
    `require('./proxy.cjs'); monkey.patchAll(); console.log('patched');`,
  );
  assert.equal([code, stdout], [0, 'patched\n'], stderr);
});

test('the check for early captures skips the elements of exported binary data', async () => {
  const { code, stdout, stderr } = await run(
    { binary: `module.exports = Buffer.alloc(100_000);` },
    `
      const binary = require('./binary.cjs');
      const { getOwnPropertyDescriptors } = Object;
      Object.getOwnPropertyDescriptors = (of) => {
        if (of === binary) console.log('looked at');
        return getOwnPropertyDescriptors(of);
      };
      monkey.patchAll();
    `,
  );

  assert.equal([code, stdout, stderr], [0, '', '']);
});

test.run();
