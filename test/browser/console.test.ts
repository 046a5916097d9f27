/** The web console in a real browser, by clicks and by keys. With SCREENSHOTS=<folder>, it leaves pictures of each view there. */
import type { ChildProcess } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'puppeteer-core';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { CHROMIUM, isInstalled, launch, startProgram, textOf } from './chromium.ts';

const test = suite('the web console in a browser');
const title = (name: string): string => (isInstalled ? name : `${name} (there is no ${CHROMIUM})`);
const define = isInstalled ? test : test.skip;
const screenshots = process.env.SCREENSHOTS;

let browser: Browser;
let program: { url: string; child: ChildProcess };
let page: Page;
/** What went wrong in the page, and where it went. */
let errors: string[];
let requests: string[];

test.before.each(async () => {
  if (!isInstalled) return;
  program = await startProgram('program.ts');
  browser = await launch();
  page = await browser.newPage();
  errors = [];
  requests = [];
  page.on('pageerror', (error) => errors.push(String(error)));
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
  page.on('request', (request) => requests.push(request.url()));
  await page.setViewport({ width: 1_440, height: 900 });
  await page.goto(program.url);
  await page.waitForSelector('.chart');
});

test.after.each(async () => {
  if (!isInstalled) return;
  await browser.close();
  program.child.kill('SIGKILL');
});

function see(text: string): Promise<unknown> {
  return page.waitForSelector(`main ::-p-text(${text})`);
}

async function goTo(view: string): Promise<void> {
  await page.evaluate(`location.hash = ${JSON.stringify(`#/${view}`)}`);
}

define(title('by clicks: find the deadlock, read the stack, see the holder, kill, and see it gone'), async () => {
  await page.waitForSelector('.kind.deadlock');
  assert.match(await textOf(page, '.warnings p'), 'wait for each other');
  await page.click('.warnings .names a');

  await page.waitForSelector('.stack');
  const victim = (await textOf(page, '.title h2')).replace(/^#\d+ /, '');
  assert.match(victim, /^transfer-\d+$/);
  assert.match(await textOf(page, '.stack li:nth-child(1)'), /^lockSecond.*test\/browser\/program\.ts:\d+:\d+$/);
  assert.match(await textOf(page, '.stack li:nth-child(2)'), /^transfer/);

  await page.click('.facts dd a');
  await page.waitForSelector('table');
  const holder = await textOf(page, 'tbody td:nth-child(3) a');
  assert.match(holder, /^transfer-\d+$/);
  assert.is.not(holder, victim);
  assert.is(await textOf(page, 'tbody td:nth-child(5) a'), victim);

  await page.click('tbody td:nth-child(5) a');
  await page.waitForSelector('.kill button');
  await page.click('.kill button');
  await page.click('.kill .danger');
  await page.waitForSelector('.state.ended');

  await goTo(`greenlets?filter=${victim}`);
  await see('No greenlet matches');
  await goTo('warnings');
  await see('Nothing looks wrong');
  assert.equal(errors, []);
});

define(title('by keys: go through the views, filter, open a row, kill, go back'), async () => {
  await page.keyboard.press('2');
  await page.waitForSelector('table');
  await page.keyboard.press('/');
  await page.keyboard.type('transfer');
  await see('2 greenlets');
  await page.keyboard.press('Escape');
  await page.keyboard.press('j');
  await page.keyboard.press('j');
  await page.keyboard.press('k');
  await page.keyboard.press('Enter');

  await page.waitForSelector('.kill button');
  await page.focus('.kill button');
  await page.keyboard.press('Enter');
  await page.waitForSelector('.kill .danger:focus');
  await page.keyboard.press('Escape');
  await page.waitForSelector('.kill button:only-child');
  await page.focus('.kill button');
  await page.keyboard.press('Enter');
  await page.waitForSelector('.kill .danger:focus');
  await page.keyboard.press('Enter');
  await page.waitForSelector('.state.ended');

  await page.keyboard.press('Escape');
  // The other one has got its lock, and has ended too.
  await see('No greenlet matches');
  for (const [key, selector] of [
    ['3', 'th ::-p-text(held by)'],
    ['4', '.tree'],
    ['5', '.nothing'],
    ['1', '.chart'],
  ] as const) {
    await page.keyboard.press(key);
    await page.waitForSelector(selector);
  }
  assert.equal(errors, []);
});

define(title('greenlets are sorted, grouped and paged'), async () => {
  await goTo('greenlets');
  await see('1 to 100 of');
  await page.click('.pager a');
  await see('101 to');
  await page.click('th.of-name a');
  await see('1 to 100 of');
  assert.match(await textOf(page, 'th.of-name'), '↑');
  assert.match(await textOf(page, 'tbody td.name'), 'consume');

  await page.click('.segments a:nth-child(3)');
  await see('produce');
  assert.match(await textOf(page, '.crowds a'), /^produce120$/);
  await page.click('.crowds a');
  await see('1 to 100 of 120 greenlets');
  assert.is(await textOf(page, '.chip'), 'produce ×');
  assert.equal(errors, []);
});

define(title('it says so when the program does not answer, and when it is gone'), async () => {
  program.child.kill('SIGSTOP');
  await page.waitForSelector('.banner ::-p-text(does not answer)');
  program.child.kill('SIGCONT');
  await page.waitForSelector('.banner', { hidden: true });
  program.child.kill('SIGKILL');
  await page.waitForSelector('.banner ::-p-text(The connection is lost)');
});

define(title('it fits into wide and narrow windows in both themes, and asks no other server'), async () => {
  if (screenshots !== undefined) mkdirSync(screenshots, { recursive: true });
  const id = /id=(\d+)/.exec(String(await page.$eval('.warnings .names a', (link) => link.getAttribute('href'))))?.[1];
  const views = ['overview', 'greenlets', 'crowds?by=wait', `greenlet?id=${id}`, 'objects', 'tree', 'warnings'];
  for (const theme of ['light', 'dark']) {
    await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: theme }]);
    for (const width of [1_440, 360]) {
      await page.setViewport({ width, height: 800 });
      for (const view of views) {
        await goTo(view);
        const name = view.replace(/\?.*/, '');
        await page.waitForSelector(`main[data-view="${name}"]`);
        assert.is(
          await page.evaluate('document.documentElement.scrollWidth <= innerWidth'),
          true,
          `${view} at ${width}`,
        );
        if (screenshots !== undefined) {
          await page.screenshot({ path: join(screenshots, `${name}-${theme}-${width}.png`) as `${string}.png` });
        }
      }
    }
  }

  const { origin } = new URL(program.url);
  assert.equal(
    requests.filter((url) => !url.startsWith(`${origin}/`) && !url.startsWith('data:')),
    [],
  );
  assert.equal(errors, []);
});

test.run();
