// Makes the pictures of docs/inspect.md and docs/hunts.md from real runs: `npm run pictures`. It starts examples, opens their
// consoles in headless Chromium and leaves a picture of each view in docs/pictures, for light and for dark themes. It also
// writes what `greenhub top` prints about the example busy-server into docs/inspect.md. `npm run pictures -- deadlock` makes
// the pictures of this example only. Look at each picture before you commit it.

import { execFile, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { CHROMIUM, isInstalled, launch } from './chromium.js';
import { root } from './typescript-node.js';

/** @typedef {import('puppeteer-core').Page} Page */

/** The command as a user has it. */
const COMMAND = join(root, 'dist/command/main.js');
const FOLDER = join(root, 'docs/pictures');
/** How long to wait before the first picture, so that the charts, which show two minutes, have filled. In milliseconds. */
const FILLING = Number(process.env.FILLING ?? 75_000);
const THEMES = /** @type {const} */ (['light', 'dark']);

/** @typedef {{ hash: string, height: number, prepare?: (page: Page) => Promise<unknown> }} View */

/**
 * An example, and its views by the name of the picture.
 *
 * @typedef {{ run: string[], filling: number, views: Record<string, View>, finish?: (pid: number) => Promise<void> }} Subject
 */

/** @type {Record<string, Subject>} */
const subjects = {
  'busy-server': {
    run: ['examples/busy-server.ts', '0'],
    filling: FILLING,
    views: {
      overview: { hash: '#/overview', height: 700 },
      objects: { hash: '#/objects', height: 400 },
      timeline: { hash: '#/timeline?seconds=2', height: 640, prepare: () => sleep(10_000) },
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
    },
    finish: async (pid) => writeTop(await topOf(pid)),
  },
  deadlock: {
    run: ['--console', 'examples/hunt-deadlock.ts'],
    filling: 0,
    views: {
      deadlock: {
        hash: '#/warnings',
        height: 478,
        prepare: async (page) => {
          await page.locator('.warnings a ::-p-text(transfer-3)').click();
          await page.waitForSelector('main[data-view="greenlet"] .stack');
        },
      },
    },
  },
};

if (!isInstalled) {
  console.error(
    `There is no Chromium at ${CHROMIUM}. Install it, or name its path in the environment variable CHROMIUM.`,
  );
  process.exit(1);
}
const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !(name in subjects));
if (unknown.length > 0) {
  console.error(`There is no example ${unknown.join(', ')}. They are: ${Object.keys(subjects).join(', ')}`);
  process.exit(2);
}
mkdirSync(FOLDER, { recursive: true });
for (const name of asked.length > 0 ? asked : Object.keys(subjects)) {
  await make(/** @type {Subject} */ (subjects[name]));
}

/** @param {Subject} subject */
async function make({ run, filling, views, finish }) {
  const program = spawn(process.execPath, [COMMAND, 'run', ...run], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  try {
    await photograph(await addressOf(program), filling, views);
    await finish?.(/** @type {number} */ (program.pid));
  } finally {
    program.kill('SIGINT');
  }
}

/**
 * @param {string} url
 * @param {number} filling how long to wait until the charts have something to show, in milliseconds
 * @param {Record<string, View>} views
 */
async function photograph(url, filling, views) {
  const browser = await launch();
  try {
    const page = await browser.newPage();
    await page.setViewport({ width: 1_100, height: 800 });
    await page.goto(url);
    await page.waitForSelector('.chart');
    await page.locator('main button ::-p-text(Measure times)').click();
    await sleep(filling);
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
 * The address of the console. A program prints it on its standard output, and `greenhub run --console` on standard error.
 *
 * @param {import('node:child_process').ChildProcess} child
 * @returns {Promise<string>}
 */
function addressOf(child) {
  let output = '';
  return new Promise((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text) => {
        output += text;
        const [url] = /http:\/\/\S+[?]token=\S+(?=\s)/.exec(output) ?? [];
        if (url !== undefined) resolve(url);
      });
    }
    child.on('exit', () => reject(new Error(`the program has ended without an address: ${output}`)));
  });
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
