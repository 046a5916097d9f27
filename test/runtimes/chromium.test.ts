/** The core in a page of headless Chromium, from a bundle of the built package. */
import { join } from 'node:path';
import { build } from 'esbuild';
import type { Browser, Page } from 'puppeteer-core';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { CHROMIUM, isInstalled, launch } from '../../scripts/chromium.js';
import { root } from '../../scripts/typescript-node.js';

const expected: Record<string, unknown> = {
  'greenlets talk through a queue': 10,
  'a timeout cancels its body, whose cleanup runs': ['late', 'cleanup'],
  'a killed greenlet aborts its fetch': true,
  'the fastest branch wins, and 10,000 greenlets take turns': [3, 'quick'],
  'a deadlock is told on demand': [true, true],
  'a deadlock is told after a second in debug mode': true,
  'explored schedules lose nothing': 1_000,
};

const test = suite<{ browser: Browser; page: Page }>('Chromium');

if (!isInstalled) test.skip(`there is no ${CHROMIUM}`);
else {
  test.before(async (context) => {
    const { outputFiles } = await build({
      entryPoints: [join(root, 'test/runtimes/page.ts')],
      bundle: true,
      write: false,
      format: 'iife',
      platform: 'browser',
    });
    context.browser = await launch();
    context.page = await context.browser.newPage();
    // The page answers nothing but itself: a fetch of anything else never ends.
    await context.page.setRequestInterception(true);
    context.page.on('request', (request) => {
      if (request.url() === 'http://page.test/')
        void request.respond({ contentType: 'text/html', body: '<title>page' });
    });
    await context.page.goto('http://page.test/');
    await context.page.evaluate(outputFiles[0]?.text ?? '');
  });

  test.after(({ browser }) => browser.close());

  test('every check of the page is compared', async ({ page }) => {
    assert.equal(await page.evaluate('names'), Object.keys(expected));
  });

  for (const [name, value] of Object.entries(expected)) {
    test(name, async ({ page }) => {
      assert.equal(await page.evaluate(`checks[${JSON.stringify(name)}]()`), value);
    });
  }
}

test.run();
