/** The pages of examples/web, and the hook `useGreenlet()`, by clicks and keys in a real browser. */
import { join } from 'node:path';
import { HttpServer } from 'greenhub/net';
import type { Browser, Page } from 'puppeteer-core';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { bundle } from '../../examples/web/bundle.ts';
import { pages } from '../../examples/web/pages.ts';
import { CHROMIUM, isInstalled, launch, startProgram, textOf } from './chromium.ts';
import { fits } from './fits.ts';
import { WatchedPage } from './watched-page.ts';
import { SlowSearch } from './web/slow-search.ts';

const test = suite('examples for browsers');

let browser: Browser;
let search: SlowSearch;
const server = new HttpServer(
  { port: 0, host: '127.0.0.1' },
  pages((...asked) => search.answer(...asked)),
);

async function open(): Promise<void> {
  await server.start();
  browser = await launch();
}

async function close(): Promise<void> {
  await browser?.close();
  await server.stop({ timeout: 0 });
}

/** A test on one of the pages, in which nothing may go wrong that nobody catches. */
function define(name: string, path: '/' | '/react', run: (watched: WatchedPage) => Promise<void>): void {
  test(`${name}, ${path === '/' ? 'in plain DOM' : 'in React'}`, async () => {
    search = new SlowSearch();
    const watched = await WatchedPage.open(browser, `http://127.0.0.1:${server.port}${path}`);
    await watched.page.emulateMediaFeatures([{ name: 'prefers-reduced-motion', value: 'reduce' }]);
    await watched.page.waitForSelector('.court .ball');
    await run(watched);
    assert.equal(watched.errors, []);
    await watched.page.close();
  });
}

/** The texts of all elements that a selector matches. */
function textsOf(page: Page, selector: string): Promise<(string | null)[]> {
  return page.$$eval(selector, (elements) => elements.map(({ textContent }) => textContent));
}

/** The next key cancels the request for the text before it. */
async function searches(watched: WatchedPage): Promise<void> {
  const { page } = watched;
  await page.type('.search input', 'b');
  await search.for('b').arrived.wait();
  await page.keyboard.press('e');
  await search.for('be').arrived.wait();
  await search.for('b').givenUp.wait();
  await watched.untilCancelled('?q=b');

  search.for('be').succeed('Berlin', 'Bern');
  await page.waitForSelector('.found li');
  assert.equal(await textsOf(page, '.found li'), ['Berlin', 'Bern']);
  assert.equal(await textsOf(page, '.log li'), ['“b” cancelled', '“be” answered']);
  assert.equal(search.texts, ['b', 'be']);
  const { pathname } = new URL(page.url());
  await fits(page, [pathname === '/' ? 'web-plain' : 'web-react'], () => page.waitForSelector('.court .ball'));
}

/** Drags the box, and drops it, presses Escape, or drops it where it cannot stay. */
async function drags({ page }: WatchedPage): Promise<void> {
  const { x = 0, y = 0 } = (await (await page.$('.box'))?.boundingBox()) ?? {};
  const [left, top] = [Math.ceil(x), Math.ceil(y)];
  const dragTo = async (from: number, to: number): Promise<void> => {
    await page.mouse.move(left + from + 10, top + 10);
    await page.mouse.down();
    await page.waitForSelector('.box.carried');
    await page.mouse.move(left + to + 10, top + 10, { steps: 3 });
    await isAt(page, to);
  };

  await dragTo(0, 60);
  await page.mouse.up();
  await page.waitForSelector('.box:not(.carried)');
  await isAt(page, 60);

  await dragTo(60, 90);
  await page.keyboard.press('Escape');
  await page.waitForSelector('.box:not(.carried)');
  await isAt(page, 60);
  await page.mouse.up();

  await dragTo(60, -60);
  await page.mouse.up();
  await page.waitForSelector('.box:not(.carried)');
  await isAt(page, 60);
}

/** Waits until the box is so far to the right of where it was at first. */
async function isAt(page: Page, right: number): Promise<void> {
  await page.waitForFunction(`document.querySelector('.box').style.translate.startsWith('${right}px')`);
}

/** Holds an arrow key until the paddle is at the edge. The mouse must not move it back. */
async function moveTo(page: Page, arrow: 'ArrowUp' | 'ArrowDown', y: number): Promise<void> {
  await page.mouse.move(0, 0);
  await page.keyboard.down(arrow);
  await page.waitForSelector(`.court .you[y="${y}"]`);
  await page.keyboard.up(arrow);
}

async function scoreIs(page: Page, text: string): Promise<void> {
  await page.waitForFunction(`document.querySelector('.score').textContent.includes('${text}')`);
}

if (isInstalled) {
  test.before(open);
  test.after(close);

  for (const path of ['/', '/react'] as const) {
    define('a key cancels the request for the text before it, and the page fits its answer', path, searches);
    define('a drag ends with a drop, or with Escape, which puts the box back', path, drags);
  }

  define('a search that has failed says so until the next key', '/', async ({ page }) => {
    await page.type('.search input', 'x');
    search.for('x').fail(503);
    await page.waitForSelector('.problem:not([hidden])');
    assert.match(await textOf(page, '.problem'), /^The search has failed\. .*status 503/);
    await page.keyboard.press('y');
    await page.waitForSelector('.problem[hidden]');
    search.for('xy').succeed('Xylophone');
    await page.waitForSelector('.found li');
    assert.equal(await textsOf(page, '.log li'), ['“x” failed', '“xy” answered']);
  });

  define('a person can lose and return a serve', '/', async ({ page }) => {
    // The click is in the middle, where the paddle stays: it misses the first serve, which goes down.
    await page.click('.court');
    await scoreIs(page, '0 : 1');
    await moveTo(page, 'ArrowDown', 192);
    await moveTo(page, 'ArrowUp', 0);
    // The next serve goes up.
    await page.keyboard.press('Space');
    await scoreIs(page, 'longest rally 1');
  });

  define('an unmount aborts the request, and ends the game', '/react', async (watched) => {
    const { page } = watched;
    await page.type('.search input', 'b');
    await search.for('b').arrived.wait();
    await page.click('.search button');
    await search.for('b').givenUp.wait();
    await watched.untilCancelled('?q=b');

    await page.click('.game button');
    await page.waitForSelector('.court', { hidden: true });
    await page.click('.game button');
    await page.waitForSelector('.court .ball');
    await page.click('.court');
    await moveTo(page, 'ArrowUp', 0);
    // StrictMode has mounted it twice.
    assert.is((await page.$$('.court .ball')).length, 1);
  });

  define('an error of a greenlet reaches the error boundary', '/react', async ({ page }) => {
    await page.type('.search input', 'x');
    search.for('x').fail(503);
    await page.waitForSelector('.search [role=alert]');
    assert.match(await textOf(page, '.search [role=alert]'), 'status 503');
    await page.click('.search [role=alert] button');
    await page.waitForSelector('.search input');
    await page.type('.search input', 'z');
    search.for('z').succeed('Zürich');
    await page.waitForSelector('.found li');
  });

  test('npm run example web serves the pages, and finds cities', async () => {
    const { url, child } = await startProgram('examples/web/start.ts', '0');
    try {
      const { page, errors } = await WatchedPage.open(browser, url);
      await page.waitForSelector('.court .ball');
      await page.type('.search input', 'zur');
      await page.waitForSelector('.found li ::-p-text(Zürich)');
      assert.equal(errors, []);
      await page.close();
    } finally {
      child.kill('SIGKILL');
    }
  });

  test('useGreenlet() spawns, kills and reports as documented', async () => {
    const { page, errors } = await WatchedPage.open(browser, 'about:blank');
    const program = await bundle(join(import.meta.dirname, 'web/hook.tsx'));
    await page.addScriptTag({ type: 'module', content: program });
    await page.waitForFunction('globalThis.tests !== undefined');
    const cases = {
      strictMode: ['it begins', 'it ends'],
      dependencies: ['1 begins', '1 ends', '2 begins'],
      error: 'This has failed. RangeError: too far',
      exit: 'mounted',
      errorAfterUnmount: 'Error: not closed',
    };
    for (const [name, expected] of Object.entries(cases))
      assert.equal(await page.evaluate(`tests.${name}()`), expected, name);
    assert.equal(errors, []);
    await page.close();
  });
} else {
  test.skip(`everything (there is no ${CHROMIUM})`, () => {});
}

test.run();
