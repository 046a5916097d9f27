/** axe finds nothing wrong in the pages of examples/web, in both themes. It is here because axe is a dependency of the site. */
import { HttpServer, type HttpServerRequest, type HttpServerResponse } from 'greenhub/net';
import type { Browser, Page } from 'puppeteer-core';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { pages } from '../../examples/web/pages.ts';
import { CHROMIUM, isInstalled, launch } from '../browser/chromium.ts';
import { WatchedPage } from '../browser/watched-page.ts';
import { faultsOf } from './axe.ts';
import { themes } from './visit.ts';

const test = suite('accessibility of the examples for browsers');

let browser: Browser;
const server = new HttpServer({ port: 0, host: '127.0.0.1' }, pages(answer));

/** The search has two cities, and fails for a text that ends with x. */
function* answer({ url = '' }: HttpServerRequest, response: HttpServerResponse) {
  response.writeHead(url.endsWith('x') ? 500 : 200, { 'content-type': 'application/json' }).end('["Berlin","Bern"]');
}

async function assertFaultless(page: Page, state: string): Promise<void> {
  assert.equal(await faultsOf(page), [], state);
}

if (!isInstalled) test.skip(`everything (there is no ${CHROMIUM})`);
else {
  test.before(async () => {
    await server.start();
    browser = await launch();
  });

  test.after(async () => {
    await browser?.close();
    await server.stop({ timeout: 0 });
  });

  for (const path of ['/', '/react']) {
    test(`axe finds no fault in ${path}`, async () => {
      const { page, errors } = await WatchedPage.open(browser, `http://127.0.0.1:${server.port}${path}`);
      for (const theme of themes) {
        await page.emulateMediaFeatures([
          { name: 'prefers-color-scheme', value: theme },
          { name: 'prefers-reduced-motion', value: 'reduce' },
        ]);
        await page.reload();
        await page.waitForSelector('.court .ball');
        await page.type('.search input', 'be');
        await page.waitForSelector('.found li');
        await assertFaultless(page, `${theme}, with cities`);
        await page.type('.search input', 'x');
        await page.waitForSelector('.problem:not([hidden])');
        await assertFaultless(page, `${theme}, after a failure`);
      }
      assert.equal(errors, []);
      await page.close();
    });
  }
}

test.run();
