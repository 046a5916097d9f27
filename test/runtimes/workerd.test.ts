/**
 * greenhub in workerd, as miniflare runs it. `npm run test:runtimes` installs miniflare in the folder that RUNTIMES names.
 */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { root } from '../../scripts/typescript-node.js';

interface Server {
  dispatchFetch(url: string): Promise<{ status: number; text(): Promise<string> }>;
  dispose(): Promise<void>;
}

interface Miniflare {
  Miniflare: new (options: Record<string, unknown>) => Server;
}

interface Answer {
  result: unknown;
  faults: string[];
}

const REQUESTS = 100;

const { Miniflare } = (await import(
  pathToFileURL(join(process.env.RUNTIMES ?? '', 'node_modules/miniflare/dist/src/index.js')).href
)) as Miniflare;
const script = await bundle();

/** A date without FinalizationRegistry, and a late one; with the layer of Node's modules and without. */
const settings = [
  { date: '2025-01-15', flags: [] },
  { date: '2025-01-15', flags: ['nodejs_compat'] },
  { date: '2026-04-20', flags: [] },
  { date: '2026-04-20', flags: ['nodejs_compat'] },
];

for (const { date, flags } of settings) {
  const test = suite<{ server: Server }>(`workerd ${[date, ...flags].join(' ')}`);

  test.before((context) => {
    context.server = new Miniflare({
      modules: true,
      script,
      name: 'program',
      compatibilityDate: date,
      compatibilityFlags: flags,
      serviceBindings: { SELF: { name: 'program' } },
    });
  });

  test.after(({ server }) => server.dispose());

  test(`${REQUESTS} requests at once all succeed, and no greenlet runs in another request`, async ({ server }) => {
    const ids = Array.from({ length: REQUESTS }, (_, id) => String(id));

    const answers = await Promise.all(ids.map((id) => ask(server, `/work?id=${id}`)));

    for (const [id, answer] of answers.entries()) {
      assert.equal(answer, { result: { sum: 10, fetched: String(id), late: 'late' }, faults: [] });
    }
  });

  test('what one request puts into a queue, a greenlet of another one gets, in its own request', async ({ server }) => {
    const getting = ask(server, '/get?id=getter');
    while ((await ask(server, '/put?id=item')).result === false);

    assert.equal(await getting, { result: 'item 1', faults: [] });
  });

  test('a greenlet that another request kills runs its cleanup in its own request', async ({ server }) => {
    const sleeping = ask(server, '/sleep?id=sleeper');
    while ((await ask(server, '/kill?id=killer')).result === false);

    assert.equal(await sleeping, { result: ['cleaned up'], faults: [] });
  });

  test.run();
}

async function ask(server: Server, path: string): Promise<Answer> {
  const response = await server.dispatchFetch(`http://program${path}`);
  const text = await response.text();
  assert.is(response.status, 200, text);
  return JSON.parse(text);
}

/** Bundles the program as wrangler does: with the condition `workerd`. */
async function bundle(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(root, 'test/runtimes/worker.ts')],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    conditions: ['workerd', 'worker', 'browser'],
  });
  return outputFiles[0]?.text ?? '';
}
