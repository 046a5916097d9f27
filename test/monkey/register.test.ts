import * as assert from 'uvu/assert';
import { REGISTER, runApp } from '../support/app.ts';
import { runProgram } from '../support/child.ts';
import { suite } from '../support/harness.ts';
import { Site } from '../support/site.ts';

const test = suite('register');

// They make the process larger, and a larger process takes longer to start a child.
test('the register entry loads no module that only some apps need', async () => {
  const { code, stdout, stderr } = await runApp(REGISTER, {
    'app.mjs': `
      const large = ['tls', 'https', 'http2', 'crypto', 'stream/web', 'worker_threads', 'internal/deps/undici/undici'];
      console.log(large.filter((name) => process.moduleLoadList.includes('NativeModule ' + name)).join());
    `,
  });

  assert.equal([code, stdout], [0, '\n'], stderr);
});

test('the built package patches before the app loads', async () => {
  const site = await Site.open();
  try {
    const { code, stdout, stderr } = await runApp(REGISTER, {
      'app.mjs': `
        import './first.mjs';
        import { spawn, joinall } from 'greenhub';
        import { isPatched } from 'greenhub/monkey';
        import { setTimeout as wait } from 'node:timers/promises';
        function* size(url) {
          const response = yield* fetch(url);
          const body = yield* response.text();
          yield* wait(1);
          return body.length;
        }
        const jobs = [spawn(size, '${site.url('/text')}'), spawn(size, '${site.url('/json')}')];
        await joinall(jobs, { timeout: 60_000 });
        console.log(jobs.map((job) => job.value).join(' '), ['promise', 'fetch', 'timers'].every(isPatched));
      `,
      'first.mjs': `
        import { getOriginal } from 'greenhub/monkey';
        import { setTimeout as wait } from 'node:timers/promises';
        console.log(fetch !== getOriginal('globalThis', 'fetch'), wait !== getOriginal('timers/promises', 'setTimeout'));
      `,
    });

    assert.equal([code, stdout], [0, 'true true\n5 13 true\n'], stderr);
  } finally {
    await site.close();
  }
});

test('a CommonJS app is patched too', async () => {
  const { code, stdout, stderr } = await runApp(REGISTER, {
    'app.cjs': `
      const timers = require('node:timers/promises');
      import('greenhub').then(async ({ spawn, getHub }) => {
        const gr = spawn(function* () { return [yield* Promise.resolve('value'), yield* timers.setTimeout(1, 'later')]; });
        console.log((await gr).join(' '));
      });
    `,
  });

  assert.equal([code, stdout], [0, 'value later\n'], stderr);
});

test('an app that uses no greenlets runs as it would without, and ends', async () => {
  const { code, stdout, stderr } = await runApp(REGISTER, {
    'app.mjs': `
      const response = await fetch('data:,text');
      console.log(await response.text(), Object.getPrototypeOf(response) === Response.prototype);
      setTimeout((text) => console.log(text), 1, 'timer');
    `,
  });

  assert.equal([code, stdout, stderr], [0, 'text true\ntimer\n', '']);
});

test('unpatchAll() removes the patches of register', async () => {
  const { code, stdout, stderr } = await runApp(REGISTER, {
    'app.mjs': `
      import { isPatched, unpatchAll } from 'greenhub/monkey';
      unpatchAll();
      console.log(['promise', 'fetch', 'timers'].some(isPatched), Object.hasOwn(Promise.prototype, Symbol.iterator));
    `,
  });

  assert.equal([code, stdout], [0, 'false false\n'], stderr);
});

test('importing register from the sources patches', async () => {
  const { code, stdout, stderr } = await runProgram(`
    await import('greenhub/monkey/register');
    console.log(await spawn(function* () { return yield* Promise.resolve('value'); }));
  `);

  assert.equal([code, stdout], [0, 'value\n'], stderr);
});

test('importing greenhub/monkey alone patches nothing', async () => {
  const { code, stdout, stderr } = await runProgram(`
    const { fetch: before, setTimeout: timer } = globalThis;
    const { isPatched } = await import('greenhub/monkey');
    console.log(isPatched('promise'), fetch === before, setTimeout === timer, Object.hasOwn(Promise.prototype, Symbol.iterator));
  `);

  assert.equal([code, stdout], [0, 'false true true false\n'], stderr);
});

test.run();
