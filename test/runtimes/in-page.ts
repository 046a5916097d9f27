/** The tests of the core in a page of a headless browser, from a bundle of the built package. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { Browser, Page } from 'puppeteer-core';
import { type Test as Suite, suite } from 'uvu';
import * as assert from 'uvu/assert';
import { root } from '../../scripts/typescript-node.js';
import { LIMIT } from '../support/ending.ts';

const expected: Record<string, unknown> = {
  'greenlets talk through a queue': 10,
  'a timeout cancels its body, whose cleanup runs': ['late', 'cleanup'],
  'a killed greenlet aborts its fetch': true,
  'the fastest branch wins, and 10,000 greenlets take turns': [3, 'quick'],
  'a deadlock is told on demand': [true, true],
  'a deadlock is told after a second in debug mode': true,
  'explored schedules lose nothing': 1_000,
};

interface Context {
  server: Server;
  browser: Browser;
  page: Page;
}

/** How a browser is started, and the path of its program. */
export interface Launcher {
  path: string;
  isInstalled: boolean;
  launch(): Promise<Browser>;
}

/** The suite, to run. If the browser is not installed, it is skipped. */
export function testInPage(name: string, { path, isInstalled, launch }: Launcher): Suite<Context> {
  const test = suite<Context>(name);
  if (!isInstalled) {
    test.skip(`there is no ${path}`);
    return test;
  }
  test.before(async (context) => {
    context.server = await servePage();
    context.browser = await launch();
    context.page = await context.browser.newPage();
    context.page.setDefaultTimeout(LIMIT);
    await context.page.goto(`http://127.0.0.1:${(context.server.address() as AddressInfo).port}/`);
    await context.page.evaluate(await program());
  });

  test.after(async ({ browser, server }) => {
    await browser?.close();
    server?.closeAllConnections();
    server?.close();
  });

  test('every check of the page is compared', async ({ page }) => {
    assert.equal(await page.evaluate('names'), Object.keys(expected));
  });

  for (const [title, value] of Object.entries(expected)) {
    test(title, async ({ page }) => {
      assert.equal(await page.evaluate(`checks[${JSON.stringify(title)}]()`), value);
    });
  }
  return test;
}

async function program(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(root, 'test/runtimes/page.ts')],
    bundle: true,
    write: false,
    format: 'iife',
    platform: 'browser',
  });
  return outputFiles[0]?.text ?? '';
}

/** Answers nothing but the page: a fetch of anything else never ends. */
async function servePage(): Promise<Server> {
  const server = createServer((request, response) => {
    if (request.url === '/') response.setHeader('content-type', 'text/html').end('<!doctype html><title>page</title>');
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return server;
}
