/** The timeline of the console, in a real browser. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { textOf } from './chromium.ts';
import { browserTest, type Session } from './session.ts';

const test = suite('the timeline in the web console');
const define = (name: string, run: (session: Session) => Promise<void>): void =>
  browserTest(test, 'timeline-program.ts', name, run);

/** Points at a row, from the right to the left, until the page tells what is wanted. Null if it does not. */
async function pointUntilTold({ page }: Session, row: number, wanted: RegExp): Promise<string | null> {
  const { x, y, width } = (await (await page.$('.timeline canvas'))?.boundingBox()) ?? { x: 0, y: 0, width: 0 };
  for (let at = width - 2; at > 0; at -= 8) {
    await page.mouse.move(x + at, y + (row === 0 ? 20 : 34 + (row - 0.5) * 26));
    const text = await textOf(page, '.reading');
    if (wanted.test(text)) return text;
  }
  return null;
}

/**
 * Stops the timeline when it tells both. On a slow machine, others than the greenlet may block the event loop. Of a wait that began
 * before the recording, the timeline knows nothing.
 */
async function stopAtBlock(session: Session): Promise<{ block: string; wait: string }> {
  const { page } = session;
  for (;;) {
    await page.waitForSelector('.timeline canvas[aria-label*="blocked"]');
    await page.click('button.pause');
    await page.waitForSelector('button.pause[aria-pressed="true"]');
    const names = await page.$$eval('.timeline li', (rows) => rows.map(({ textContent }) => String(textContent)));
    const row = names.findIndex((name) => name.startsWith('block-'));
    const block = await pointUntilTold(session, 0, /block-\d+ blocks/);
    const wait = await pointUntilTold(session, row, /waits/);
    if (block !== null && wait !== null) return { block, wait };
    await page.click('button.pause');
    await page.waitForSelector('button.pause[aria-pressed="false"]');
  }
}

define('by the pointer: find what blocks the event loop, and what a greenlet waits for', async (session) => {
  await session.page.click('nav a[href="#/timeline"]');
  const { block, wait } = await stopAtBlock(session);
  assert.match(block, /^\d.* ago: block-\d+ blocks the event loop for [\d.]+ m?s$/);
  assert.match(wait, /ago: block-\d+ waits for sleep\(1300\), [\d.]+ m?s$/);
  session.isClean();
});

define('by keys: stop it, go along the time, open a greenlet, and come back', async (session) => {
  const { page } = session;
  await page.keyboard.press('5');
  await page.waitForSelector('.timeline li a');
  await page.keyboard.press('Space');
  await page.waitForSelector('.reading[role=status] ::-p-text(Stopped at)');
  const stopped = await textOf(page, '.reading');
  await page.keyboard.press('j');
  await page.keyboard.press('ArrowLeft');
  await page.waitForSelector('.reading ::-p-text(ms ago: produce-)');
  await page.keyboard.down('Shift');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.up('Shift');
  await page.waitForSelector('.reading ::-p-text(now: produce-)');
  assert.match(stopped, /^Stopped at \d\d:\d\d:\d\d\. /);

  await page.keyboard.press('Enter');
  await page.waitForSelector('main[data-view="greenlet"] ::-p-text(produce-)');
  await page.keyboard.press('Escape');
  await page.waitForSelector('button.pause[aria-pressed="false"]');
  session.isClean();
});

define('it goes on recording while another length of time is chosen, and fits everywhere', async (session) => {
  const { page } = session;
  await session.goTo('timeline');
  await page.click('.segments a:nth-child(1)');
  await page.waitForSelector('.segments a:nth-child(1)[aria-current]');
  await page.waitForSelector('.timeline canvas[aria-label*="2.0 s"]');
  await session.fits(['timeline', 'timeline?seconds=30']);
  session.isClean();
});

test.run();
