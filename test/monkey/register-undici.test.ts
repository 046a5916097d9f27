/** An app's own undici works the same with the register entry as without. */
import * as assert from 'uvu/assert';
import { REGISTER, runApp } from '../support/app.ts';
import { suite } from '../support/harness.ts';

const test = suite('register, with an undici of the app');

/** A warning contains the process ID. */
const QUIET = ['--no-warnings'];

/** A server that answers the second request, and a server that returns what it was sent. */
const SERVER = `
  import { createServer } from 'node:http';
  import { once } from 'node:events';
  let asked = 0;
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    if (request.url === '/flaky' && (asked += 1) === 1) response.writeHead(503, { 'retry-after': '0' }).end('busy');
    else if (request.url === '/moved') response.writeHead(302, { location: '/' }).end();
    else response.end(request.method + ' ' + request.rawHeaders.filter((each) => !/^127/.test(each)) + ' ' + body);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  export const url = 'http://127.0.0.1:' + server.address().port;
  export const told = async (make) => {
    try {
      console.log(await make());
    } catch (error) {
      console.log(error.name, error.code, error.message, error.cause?.message);
    }
  };
  export const end = () => process.exit();
`;

const COMPOSED = (interceptor: string): string => `
  import { getGlobalDispatcher, interceptors, request } from 'undici';
  const dispatcher = getGlobalDispatcher().compose(interceptors.${interceptor});
  for (const path of ['/', '/flaky', '/moved']) {
    await told(async () => {
      const { statusCode, body } = await request(url + path, { dispatcher });
      return statusCode + ' ' + (await body.text());
    });
  }
`;

const PROGRAMS: [string, string][] = [
  ['retry() over the dispatcher for all', COMPOSED('retry({ maxRetries: 2, minTimeout: 1 })')],
  // On Node 26, which contains undici 8, these interceptors of undici 7 never answer, with or without patches.
  ...(Number(process.versions.undici?.split('.')[0]) >= 8
    ? []
    : ([
        ['redirect() over the dispatcher for all', COMPOSED('redirect({ maxRedirections: 2 })')],
        ['cache() over the dispatcher for all', COMPOSED('cache()')],
      ] satisfies [string, string][])),
  ['dump() over the dispatcher for all', COMPOSED('dump()')],
  ['decompress() over the dispatcher for all', COMPOSED('decompress()')],
  ['responseError() over the dispatcher for all', COMPOSED('responseError()')],
  [
    'a RetryAgent over the dispatcher for all',
    `
      import { getGlobalDispatcher, request, RetryAgent } from 'undici';
      const dispatcher = new RetryAgent(getGlobalDispatcher(), { minTimeout: 1 });
      await told(async () => (await request(url + '/flaky', { dispatcher })).statusCode);
    `,
  ],
  [
    'the class of the dispatcher for all',
    `
      import { Agent, getGlobalDispatcher } from 'undici';
      await told(() => getGlobalDispatcher() instanceof Agent);
    `,
  ],
  [
    'a global fetch that says how long its body is',
    `
      import 'undici';
      for (const length of ['3', '4'])
        await told(async () => (await fetch(url, { method: 'POST', body: 'abc', headers: { 'Content-Length': length } })).text());
    `,
  ],
  [
    'a global fetch before undici is loaded',
    `
      await told(async () => (await fetch(url)).text());
      const { Agent, getGlobalDispatcher } = await import('undici');
      await told(() => getGlobalDispatcher() instanceof Agent);
    `,
  ],
];

for (const [name, program] of PROGRAMS) {
  test(`${name} is the same as without the patches`, async () => {
    const files = {
      'app.mjs': `import { url, told, end } from './server.mjs';${program};end();`,
      'server.mjs': SERVER,
    };

    const [bare, patched] = await Promise.all([runApp(QUIET, files), runApp([...QUIET, ...REGISTER], files)]);

    assert.equal(patched, bare);
    assert.is(bare.code, 0, bare.stderr);
  });
}

for (const flags of [REGISTER, ['--import', 'greenhub/net'], ['--import', 'greenhub']]) {
  test(`${flags[1]} loads nothing that belongs to fetch before a program asks for it`, async () => {
    const files = {
      'app.mjs': `
        console.log(Reflect.ownKeys(globalThis).map(String), process.moduleLoadList.filter((name) => /undici/.test(name)));
      `,
    };

    const [bare, patched] = await Promise.all([runApp([], files), runApp(flags, files)]);

    assert.equal(patched, bare);
    assert.is(patched.code, 0, patched.stderr);
  });
}

// An import of `node:http` makes Node 24 and later load their own undici, whose agent comes first then. `require()`
// does not.
test('the global dispatcher is that of the undici which an app requires', async () => {
  const files = {
    'app.cjs': `
      require('node:http');
      const { Agent, getGlobalDispatcher } = require('undici');
      console.log(getGlobalDispatcher() instanceof Agent);
    `,
  };

  const [bare, patched] = await Promise.all([runApp([], files), runApp(REGISTER, files)]);

  assert.equal(patched, bare);
  assert.is(bare.stdout, 'true\n', bare.stderr);
});

/** Later versions of Node no longer have a flag for it. */
const WITHOUT_FETCH = [
  ['--import', './without-fetch.mjs'],
  ...(process.allowedNodeEnvironmentFlags.has('--no-experimental-fetch') ? [['--no-experimental-fetch']] : []),
];

for (const flags of WITHOUT_FETCH) {
  test(`an app without fetch (${flags.join(' ')}) starts, and has none after patching either`, async () => {
    const files = {
      'app.mjs': 'console.log(typeof fetch, Object.hasOwn(globalThis, "fetch"));',
      'without-fetch.mjs':
        'for (const name of ["fetch", "Response", "Request", "Headers", "FormData"]) delete globalThis[name];',
    };

    const [bare, patched] = await Promise.all([runApp(flags, files), runApp([...flags, ...REGISTER], files)]);

    assert.equal(patched, bare);
    assert.equal([bare.code, bare.stdout], [0, 'undefined false\n'], bare.stderr);
  });
}

test.run();
