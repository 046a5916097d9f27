/** What the console records of greenlets, in a real browser. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { textOf } from './chromium.ts';
import { browserTest, type Session } from './session.ts';

const test = suite('times in the web console');
const define = (name: string, run: (session: Session) => Promise<void>): void =>
  browserTest(test, 'program.ts', name, run);

define('a click measures times until the next one, in every view', async (session) => {
  const { page } = session;
  await session.see('is not measured');
  await page.click('button.measuring');
  await page.waitForSelector('.histogram .bars');
  await session.goTo('greenlets?filter=consume');
  await page.waitForSelector('th.of-busy');
  assert.is(await textOf(page, 'button.measuring[aria-pressed="true"]'), 'Stop measuring');

  await page.click('button.measuring');
  await page.waitForSelector('th.of-busy', { hidden: true });
  await page.focus('button.measuring');
  await page.keyboard.press('Enter');
  await page.waitForSelector('th.of-busy');
  session.isClean();
});

define('another window cannot turn off what this one measures, and the end of the window does', async (session) => {
  await session.page.click('button.measuring');
  await session.page.waitForSelector('button.measuring.on');
  const other = await session.page.browser().newPage();
  await other.goto(session.program.url);
  await other.waitForSelector('span.measuring ::-p-text(Measured)');
  await session.page.close();
  await other.waitForSelector('button.measuring:not(.on)');
});

define('the page of a greenlet tells what it does, who wakes it, and for how long it runs', async (session) => {
  const { page } = session;
  await session.goTo('greenlets?filter=produce&sort=id');
  await session.see('produce-');
  await page.click('td.name a');
  await page.waitForSelector('.changes tbody tr:nth-child(4)');
  // Every change is there: waiting, ready, running, and so on.
  const states = await page.$$eval('.changes tbody .state', (list) => list.map(({ textContent }) => textContent));
  const order = ['waiting', 'running', 'ready'];
  const first = order.indexOf(String(states[0]));
  assert.equal(
    states,
    states.map((_, i) => order[(first + i) % 3]),
  );
  assert.match(await textOf(page, '.changes tbody .wait a'), /^consume-\d+$/);
  await page.waitForSelector('.histogram .bars');
  await page.click('.changes tbody .wait a');
  await page.waitForSelector('.title ::-p-text(consume-)');
  session.isClean();
});

define('they fit into wide and narrow windows in both themes', async (session) => {
  await session.page.click('button.measuring');
  await session.page.waitForSelector('.histogram .bars');
  await session.fits(['overview', 'greenlets', 'greenlet?id=127']);
  session.isClean();
});

test.run();
