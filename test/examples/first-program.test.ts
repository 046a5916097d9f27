/** The first program of README.md, as it stands there but for its addresses and its time limit. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { root, typescriptFlags } from '../../scripts/typescript-node.js';
import { lines, loopback, refusing, serve } from './program.ts';

const test = suite('first program of README.md');

/** A program that does not end by itself is killed after this, which fails its test. */
const LIMIT = 20_000;

const [, program = ''] = /^```ts run\n([\s\S]*?)^```$/m.exec(readFileSync(join(root, 'README.md'), 'utf8')) ?? [];

/** Runs it with other sites, and with a limit that is over soon. */
async function visit(urls: string[], timeout: number): Promise<string[]> {
  const changed = program
    .replace(/const urls = \[.*\];/, `const urls = ${JSON.stringify(urls)};`)
    .replace(/timeout: [\d_]+/, `timeout: ${timeout}`);
  // In the package, so that 'greenhub' means this one.
  const folder = mkdtempSync(join(root, 'test/.first-'));
  try {
    const file = join(folder, 'program.mts');
    writeFileSync(file, changed);
    const child = spawn(process.execPath, [...typescriptFlags(), file], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: LIMIT,
      killSignal: 'SIGKILL',
    });
    const ended = once(child, 'close');
    const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
    const [code] = await ended;
    assert.equal({ code, stderr }, { code: 0, stderr: '' });
    return lines(stdout);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('it prints the size of each site, or its error', async () => {
  await using site = await serve((request, response) => response.end(request.url));
  const refused = await refusing();
  const printed = await visit([`${site.origin}/one`, `${refused}/`, `${site.origin}/three`], 10_000);
  assert.is(printed[0], `${site.origin}/one 4`);
  assert.is(printed[1], `${refused}/ TypeError: fetch failed`);
  assert.is(printed[2], `${site.origin}/three 6`);
});

test('it ends when its time is up, whatever the sites do', async () => {
  await using site = await serve((request, response) => {
    if (request.url === '/half') response.writeHead(200, { 'content-length': 100 }).write('half of it');
    else if (request.url === '/answer') response.end('answer');
  });
  // Shakes no hand: the TLS of a client waits for ever.
  const mute: Server = createServer((socket) => socket.on('error', () => {}));
  const port = await loopback(mute);
  try {
    const urls = [`${site.origin}/never`, `${site.origin}/half`, `https://127.0.0.1:${port}/`, `${site.origin}/answer`];
    const printed = await visit(urls, 1_500);
    assert.equal(
      printed.map((line, at) => line.slice((urls[at]?.length ?? 0) + 1).replace(/:.*/, '')),
      ['GreenletExit', 'GreenletExit', 'GreenletExit', '6'],
    );
  } finally {
    mute.close();
  }
});

test.run();
