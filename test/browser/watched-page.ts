/** A page in a browser whose errors and cancelled requests are noted. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Browser, Page } from 'puppeteer-core';
import * as assert from 'uvu/assert';
import { LIMIT } from '../support/ending.ts';

export class WatchedPage {
  readonly page: Page;
  /** The uncaught errors of the page. */
  readonly errors: string[] = [];
  /** The errors that the page printed. */
  readonly printed: string[] = [];
  /** The part after the path of the requests that the network log of the browser shows as cancelled. */
  private readonly cancelled = new Set<string>();

  private constructor(page: Page) {
    this.page = page;
    page.on('pageerror', (error) => this.errors.push(String(error)));
    page.on('console', (message) => message.type() === 'error' && this.printed.push(message.text()));
  }

  static async open(browser: Browser, url: string): Promise<WatchedPage> {
    const watched = new WatchedPage(await browser.newPage());
    watched.page.setDefaultTimeout(LIMIT);
    await watched.readNetworkLog();
    await watched.page.goto(url);
    return watched;
  }

  /** Waits until the network log shows requests as cancelled. It may do that after their greenlets have ended. */
  async untilCancelled(...searches: string[]): Promise<void> {
    const since = Date.now();
    const missing = (): string[] => searches.filter((search) => !this.cancelled.has(search));
    while (missing().length > 0 && Date.now() - since < LIMIT) await pause(10);
    assert.equal(missing(), []);
  }

  private async readNetworkLog(): Promise<void> {
    const log = await this.page.createCDPSession();
    const urls = new Map<string, string>();
    await log.send('Network.enable');
    log.on('Network.requestWillBeSent', ({ requestId, request }) => urls.set(requestId, new URL(request.url).search));
    log.on('Network.loadingFailed', ({ requestId, canceled }) => {
      if (canceled === true) this.cancelled.add(urls.get(requestId) ?? '');
    });
  }
}
