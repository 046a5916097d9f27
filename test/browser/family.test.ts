/** The processes of a program in the tree of its console, in a real browser. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { textOf } from './chromium.ts';
import { browserTest } from './session.ts';

const test = suite('processes in the web console');

browserTest(test, 'family-program.ts', 'the tree has the processes of the program, and theirs', async (session) => {
  const { page } = session;
  await page.keyboard.press('4');
  await page.waitForSelector('.processes .processes ::-p-text(inner-)');
  assert.match(await textOf(page, '.processes summary'), /^Childprocess \d+, \d+ greenlets$/);
  assert.match(await textOf(page, '.processes .processes summary'), /^Grandchildthread of process \d+, \d+ greenlets$/);

  await page.click('.processes .processes ::-p-text(inner-)');
  await page.waitForSelector('main[data-view="greenlet"] .stack li');
  assert.match(await textOf(page, '.stack'), /^inner.*\/family-program\.ts:\d+:\d+/);
  assert.match(await textOf(page, '.title'), /in Grandchild, a thread of process \d+/);
  await page.click('button ::-p-text(Kill…)');
  await page.click('button ::-p-text(Kill it)');
  await session.see('This greenlet has ended.');
  // What was seen last stays.
  assert.match(await textOf(page, '.facts'), 'spawned byGrandchild');
  await page.click('.title ::-p-text(Grandchild)');
  await page.waitForSelector('.processes .processes summary');
  await page.waitForFunction('!document.querySelector(".processes .processes").textContent.includes("inner-")');

  await page.focus('.processes .processes summary');
  await page.keyboard.press('Enter');
  await page.waitForSelector('.processes .processes details:not([open])');
  await session.fits(['tree']);
  session.isClean();
});

test.run();
