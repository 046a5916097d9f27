/** The programs of the tutorial and the recipes: each is on one page, as it is, with what it prints. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { pagesWithPrograms, programsOn } from '../../scripts/programs.js';
import { root } from '../../scripts/typescript-node.js';
import { redis } from '../third-party/redis.ts';
import { play } from './play.ts';

const test = suite('the tutorial and the recipes');

const pages = pagesWithPrograms();
const programs = pages.flatMap((page) => programsOn(page).map((program) => ({ page, ...program })));

/** A part of the tutorial's programs, and no program itself. */
const PARTS = ['examples/tutorial/site.ts'];

function read(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

for (const folder of ['examples/tutorial', 'examples/recipes']) {
  test(`each program of ${folder} is on one page`, () => {
    const files = readdirSync(join(root, folder)).map((name) => `${folder}/${name}`);
    const shown = programs.map(({ file }) => file).filter((file) => file.startsWith(folder));
    assert.equal(shown.sort(), files.filter((file) => !PARTS.includes(file)).sort());
  });
}

test('the lists name every lesson and every recipe', () => {
  const entries = ['docs/tutorial/index.md', 'docs/recipes/index.md'].flatMap(
    (page) => read(page).match(/^(?:\d+\.|\*) \[/gm) ?? [],
  );
  assert.is(entries.length, programs.length);
});

const server = redis();

test.before(async () => {
  const port = await server?.start();
  process.env.REDIS_URL = `redis://127.0.0.1:${port}`;
});

test.after(async () => {
  delete process.env.REDIS_URL;
  await server?.stop();
});

for (const { page, file, code, output } of programs) {
  test(`${page} shows ${file} as it is`, () => assert.is(code, read(file)));

  if (code.includes("from 'ioredis'") && server === undefined) {
    test.skip(`${file} needs redis-server`);
    continue;
  }
  test(`${file} prints what ${page} says`, async () => {
    assert.is(await play(file), output);
  });
}

test.run();
