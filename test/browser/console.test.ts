/** The web console in a real browser, by clicks and by keys. With SCREENSHOTS=<folder>, it leaves pictures of each view there. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { textOf } from './chromium.ts';
import { browserTest, type Session } from './session.ts';

const test = suite('the web console in a browser');
const define = (name: string, run: (session: Session) => Promise<void>): void =>
  browserTest(test, 'program.ts', name, run);

define('by clicks: find the deadlock, read the stack, see the holder, kill, and see it gone', async (session) => {
  const { page } = session;
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

  await session.goTo(`greenlets?filter=${victim}`);
  await session.see('No greenlet matches');
  await session.goTo('warnings');
  await session.see('Nothing looks wrong');
  await page.evaluate('location.hash = "#/no-such-view"');
  await page.waitForSelector('main[data-view="overview"]');
  session.isClean();
});

define('by keys: go through the views, filter, open a row, kill, go back', async (session) => {
  const { page } = session;
  await page.keyboard.press('2');
  await page.waitForSelector('table');
  await page.keyboard.press('/');
  await page.keyboard.type('transfer');
  await session.see('2 greenlets');
  await page.keyboard.press('Escape');
  await page.keyboard.press('j');
  await page.keyboard.press('j');
  await page.keyboard.press('k');
  await page.keyboard.press('Enter');

  await page.waitForSelector('.kill button');
  await page.focus('.kill button');
  await page.keyboard.press('Enter');
  await page.waitForSelector('.kill .danger:focus');
  await page.keyboard.press('Tab');
  // Each frame of the stream renders the page anew. The focus stays.
  await session.changes(2);
  assert.is(await page.evaluate('document.activeElement.textContent'), 'Keep it');
  await page.keyboard.press('Escape');
  await page.waitForSelector('.kill button:only-child');
  await page.focus('.kill button');
  await page.keyboard.press('Enter');
  await page.waitForSelector('.kill .danger:focus');
  await page.keyboard.press('Enter');
  await page.waitForSelector('.state.ended');

  await page.keyboard.press('Escape');
  // The other one has got its lock, and has ended too.
  await session.see('No greenlet matches');
  for (const [key, selector] of [
    ['3', 'th ::-p-text(held by)'],
    ['4', '.tree'],
    ['5', '.timeline canvas'],
    ['6', '.nothing'],
    ['1', '.chart'],
  ] as const) {
    await page.keyboard.press(key);
    await page.waitForSelector(selector);
  }
  session.isClean();
});

define('greenlets are sorted, grouped and paged', async (session) => {
  const { page } = session;
  await session.goTo('greenlets');
  await session.see('1 to 100 of');
  await page.click('.pager a');
  await session.see('101 to');
  await page.click('th.of-name a');
  await session.see('1 to 100 of');
  assert.match(await textOf(page, 'th.of-name'), '↑');
  assert.match(await textOf(page, 'tbody td.name'), 'consume');

  await page.click('.segments a:nth-child(3)');
  await session.see('produce');
  assert.match(await textOf(page, '.crowds a'), /^produce120$/);
  await page.click('.crowds a');
  await session.see('1 to 100 of 120 greenlets');
  assert.is(await textOf(page, '.chip'), 'produce ×');
  session.isClean();
});

define('it says so when the program does not answer, and when it is gone', async (session) => {
  const { page } = session;
  session.program.child.kill('SIGSTOP');
  await page.evaluate('location.hash = "#/tree"');
  await page.waitForSelector('.banner ::-p-text(does not answer)');
  session.program.child.kill('SIGCONT');
  await page.waitForSelector('.banner', { hidden: true });
  session.program.child.kill('SIGKILL');
  await page.waitForSelector('.banner ::-p-text(The connection is lost)');
});

define('it fits into wide and narrow windows in both themes, and asks no other server', async (session) => {
  const { page } = session;
  const id = /id=(\d+)/.exec(String(await page.$eval('.warnings .names a', (link) => link.getAttribute('href'))))?.[1];
  const views = [
    'overview',
    'greenlets',
    'crowds?by=wait',
    `greenlet?id=${id}`,
    'objects',
    'tree',
    'timeline',
    'warnings',
  ];
  await session.fits(views);
  session.isClean();
});

test.run();
