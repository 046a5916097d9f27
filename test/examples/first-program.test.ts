/** The first program of README.md, unchanged except for its addresses and its timeout. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { Event } from 'greenhub';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { root, typescriptFlags } from '../../scripts/typescript-node.js';
import { LONG, lines, loopback, programOf, refusing, serve } from './program.ts';

const test = suite('first program of README.md');

const [, program = ''] = /^```ts run\n([\s\S]*?)^```$/m.exec(readFileSync(join(root, 'README.md'), 'utf8')) ?? [];

/** Runs it with other sites, and with a timeout that passes when `isOver` is fulfilled. */
async function visit(urls: string[], isOver: Promise<unknown>): Promise<string[]> {
  const changed = program
    .replace(/const urls = \[.*\];/, `const urls = ${JSON.stringify(urls)};`)
    .replace(/timeout: [\d_]+/, `timeout: ${LONG}`);
  // Inside the package, so that 'greenhub' means this package.
  const folder = mkdtempSync(join(root, 'test/.first-'));
  try {
    const file = join(folder, 'program.mts');
    writeFileSync(file, changed);
    const flags = [...typescriptFlags(), '--import', join(root, 'test/support/leaping-time.js')];
    const running = programOf(
      spawn(process.execPath, [...flags, file], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] }),
    );
    isOver.then(() => running.leap());
    const { code, stdout, stderr } = await running.ended;
    assert.equal({ code, stderr }, { code: 0, stderr: '' });
    return lines(stdout);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('it prints the size of each site, or its error', async () => {
  const never = new Promise(() => {});
  await using site = await serve((request, response) => response.end(request.url));
  const refused = await refusing();
  const printed = await visit([`${site.origin}/one`, `${refused}/`, `${site.origin}/three`], never);
  assert.is(printed[0], `${site.origin}/one 4`);
  assert.is(printed[1], `${refused}/ TypeError: fetch failed`);
  assert.is(printed[2], `${site.origin}/three 6`);
});

test('it ends when its time is up, whatever the sites do', async () => {
  const begun = [new Event(), new Event(), new Event(), new Event()] as const;
  const [never, half, shaken, answered] = begun;
  await using site = await serve((request, response) => {
    if (request.url === '/half') {
      response.writeHead(200, { 'content-length': 100 }).write('half of it', () => half.set());
    } else if (request.url === '/answer') {
      response.end('answer', () => answered.set());
    } else never.set();
  });
  // It makes no TLS handshake, so a client waits forever.
  const mute: Server = createServer((socket) => {
    socket.on('error', () => {});
    shaken.set();
  });
  const port = await loopback(mute);
  try {
    const urls = [`${site.origin}/never`, `${site.origin}/half`, `https://127.0.0.1:${port}/`, `${site.origin}/answer`];
    const printed = await visit(urls, Promise.all(begun.map((event) => event.wait())));
    assert.equal(
      printed.map((line, at) => line.slice((urls[at]?.length ?? 0) + 1).replace(/:.*/, '')),
      ['GreenletExit', 'GreenletExit', 'GreenletExit', '6'],
    );
  } finally {
    mute.close();
  }
});

test.run();
