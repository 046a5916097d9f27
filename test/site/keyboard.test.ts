/** The site by keyboard: skip link, search, theme switch, Run. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { textOf } from '../browser/chromium.ts';
import type { Session } from '../browser/session.ts';
import { prefer, siteTest, visit } from './visit.ts';

const test = suite('the site by keyboard');

/** There are fewer stops than this before the content of a page. */
const MOST_STOPS = 200;

/** Presses Tab until an element has the focus, which must be visible. */
async function tabTo({ page }: Session, selector: string): Promise<void> {
  for (let stop = 0; stop < MOST_STOPS; stop += 1) {
    await page.keyboard.press('Tab');
    const style = await page.evaluate(
      `document.activeElement.matches(${JSON.stringify(selector)}) ? getComputedStyle(document.activeElement).outlineStyle : null`,
    );
    if (style === null) continue;
    assert.is(style, 'solid', `the focus on ${selector} is visible`);
    return;
  }
  assert.unreachable(`Tab does not reach ${selector}`);
}

siteTest(test, 'the first stop is a link that skips to the content', async (session) => {
  const { page } = session;
  await visit(session, '/coordination.html');
  await page.keyboard.press('Tab');
  assert.is(await page.evaluate('document.activeElement.className'), 'VPSkipLink visually-hidden');
  await page.keyboard.press('Enter');
  await page.waitForFunction('document.activeElement.id === "VPContent"');
  session.isClean();
});

siteTest(test, 'the search finds a page of the guide and opens it', async (session) => {
  const { page } = session;
  await page.keyboard.down('Control');
  await page.keyboard.press('k');
  await page.keyboard.up('Control');
  await page.waitForSelector('.search-input');
  await page.keyboard.type('circuit breaker');
  await page.waitForSelector('.result ::-p-text(Circuit breaker)');
  await page.keyboard.press('Enter');
  await page.waitForFunction('location.hash === "#circuit-breaker"');
  await page.waitForSelector('h2#circuit-breaker');
  session.isClean();
});

siteTest(test, 'the theme can be switched', async (session) => {
  await prefer(session, 'light');
  await visit(session, '/');
  await tabTo(session, '.VPSwitchAppearance');
  await session.page.keyboard.press('Enter');
  await session.page.waitForSelector('html.dark');
  session.isClean();
});

siteTest(test, 'Run prints what the page says', async (session) => {
  const { page } = session;
  await tabTo(session, '.run-program .run');
  await page.keyboard.press('Enter');
  await page.waitForSelector('.run-program[data-state="has ended"]');
  const told = await textOf(page, '.first-program .language-text code');
  assert.is((await textOf(page, '.run-program .printed')).trimEnd(), told.trimEnd());
  assert.match(told, /^https:\/\/example\.com\/ 20$/m);
  session.isClean();
});

siteTest(test, 'Stop ends a program that runs, and Run starts it again', async (session) => {
  const { page } = session;
  const program = '#run-examples-recipes-periodic-without-drift'; // It takes a minute.
  await visit(session, '/recipes/work.html');
  await page.focus(`${program} .run`);
  for (const state of ['runs', 'was stopped', 'runs']) {
    await page.keyboard.press('Enter');
    await page.waitForSelector(`${program}[data-state="${state}"]`);
  }
  session.isClean();
});

test.run();
