// Makes the pictures of docs/inspect.md from a real run: `npm run pictures`. It starts the example busy-server, opens its
// console in headless Chromium and leaves a picture of each view in docs/pictures, for light and for dark themes. It also
// writes what `greenhub top` prints about the example into docs/inspect.md. Look at each picture before you commit it.

import { execFile, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { CHROMIUM, isInstalled, launch } from './chromium.js';
import { root } from './typescript-node.js';

/** @typedef {import('puppeteer-core').Page} Page */

/** The command as a user has it. */
const COMMAND = join(root, 'dist/command/main.js');
const FOLDER = join(root, 'docs/pictures');
/** The charts show two minutes. So long they fill, in milliseconds. */
const FILLING = Number(process.env.FILLING ?? 75_000);
const THEMES = /** @type {const} */ (['light', 'dark']);

/** The views, by the name of the picture. @type {Record<string, { hash: string, height: number, prepare?: (page: Page) => Promise<unknown> }>} */
const views = {
  overview: { hash: '#/overview', height: 700 },
  objects: { hash: '#/objects', height: 400 },
  timeline: {
    hash: '#/timeline?seconds=2',
    height: 640,
    prepare: () => sleep(10_000),
  },
  greenlet: {
    hash: '#/greenlets?filter=crawl',
    height: 760,
    prepare: async (page) => {
      await page.locator('tbody td.name a ::-p-text(crawl-)').click();
      await page.waitForSelector('main[data-view="greenlet"] .stack');
      // It follows the greenlet from now on.
      await sleep(10_000);
    },
  },
};

if (!isInstalled) {
  console.error(
    `There is no Chromium at ${CHROMIUM}. Install it, or name its path in the environment variable CHROMIUM.`,
  );
  process.exit(1);
}
const program = spawn(process.execPath, [COMMAND, 'run', 'examples/busy-server.ts', '0'], {
  cwd: root,
  stdio: ['ignore', 'pipe', 'inherit'],
});
try {
  const url = await addressOf(program);
  await photograph(url);
  writeTop(await topOf(/** @type {number} */ (program.pid)));
} finally {
  program.kill('SIGINT');
}

/** @param {string} url */
async function photograph(url) {
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(FOLDER, { recursive: true });
  const browser = await launch();
  try {
    const page = await browser.newPage();
    await page.setViewport({ width: 1_100, height: 800 });
    await page.goto(url);
    await page.waitForSelector('.chart');
    await page.locator('main button ::-p-text(Measure times)').click();
    await sleep(FILLING);
    for (const [name, view] of Object.entries(views)) {
      await page.setViewport({ width: 1_100, height: view.height });
      await page.evaluate(`location.hash = ${JSON.stringify(view.hash)}`);
      await page.waitForSelector(`main[data-view="${/^#\/(\w+)/.exec(view.hash)?.[1]}"]`);
      await view.prepare?.(page);
      for (const theme of THEMES) {
        await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: theme }]);
        await page.screenshot({ path: `${join(FOLDER, `${name}-${theme}`)}.png` });
      }
    }
  } finally {
    await browser.close();
  }
}

/**
 * The address of the console, which a program prints.
 *
 * @param {import('node:child_process').ChildProcess} child
 */
async function addressOf({ stdout }) {
  let output = '';
  for await (const text of stdout ?? []) {
    output += text;
    const [, url] = /^open (\S+)\n/m.exec(output) ?? [];
    if (url !== undefined) return url;
  }
  throw new Error(`the program has ended without an address: ${output}`);
}

/** @param {number} pid */
async function topOf(pid) {
  const args = [COMMAND, 'top', `${pid}`, '--seconds', '5', '--limit', '12'];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return stdout;
}

/** @param {string} text */
function writeTop(text) {
  const path = join(root, 'docs/inspect.md');
  const before = readFileSync(path, 'utf8');
  const block = /(?<=<!-- top -->\n```text\n\$ .*\n)[\s\S]*?(?=```)/;
  if (!block.test(before)) throw new Error('docs/inspect.md has no place for what `greenhub top` prints');
  writeFileSync(
    path,
    before.replace(block, () => text),
  );
}
