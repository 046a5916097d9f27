/** One page of the console in a browser, and the program that it looks at. */
import type { ChildProcess } from 'node:child_process';
import type { Browser, Page } from 'puppeteer-core';
import type { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { LIMIT } from '../support/ending.ts';
import { CHROMIUM, isInstalled, launch, startProgram } from './chromium.ts';
import { fits } from './fits.ts';

export class Session {
  readonly page: Page;
  /** What went wrong in the page, and where it went. */
  readonly errors: string[] = [];
  readonly requests: string[] = [];
  readonly program: { readonly url: string; readonly child: ChildProcess };
  private readonly browser: Browser;

  private constructor(program: { url: string; child: ChildProcess }, browser: Browser, page: Page) {
    this.program = program;
    this.browser = browser;
    this.page = page;
    page.on('pageerror', (error) => this.errors.push(String(error)));
    page.on('console', (message) => message.type() === 'error' && this.errors.push(message.text()));
    page.on('request', (request) => this.requests.push(request.url()));
  }

  /**
   * Starts a program of this folder, and opens its page.
   *
   * @param ready what is there when the page is ready
   */
  static async open(name: string, ready: string): Promise<Session> {
    const program = await startProgram(`test/browser/${name}`);
    const browser = await launch();
    const session = new Session(program, browser, await browser.newPage());
    session.page.setDefaultTimeout(LIMIT);
    await session.page.setViewport({ width: 1_440, height: 900 });
    await session.page.goto(program.url);
    await session.page.waitForSelector(ready);
    return session;
  }

  async close(): Promise<void> {
    await this.browser.close();
    this.program.child.kill('SIGKILL');
  }

  see(text: string): Promise<unknown> {
    return this.page.waitForSelector(`main ::-p-text(${text})`);
  }

  /** Waits until the page has changed some times. */
  changes(times: number): Promise<unknown> {
    return this.page.evaluate(`new Promise((settle) => {
      let left = ${times};
      const observer = new MutationObserver(() => {
        left -= 1;
        if (left > 0) return;
        observer.disconnect();
        settle();
      });
      observer.observe(document, { subtree: true, childList: true, characterData: true, attributes: true });
    })`);
  }

  async goTo(view: string): Promise<void> {
    await this.page.evaluate(`location.hash = ${JSON.stringify(`#/${view}`)}`);
    await this.page.waitForSelector(`main[data-view="${view.replace(/\?.*/, '')}"]`);
  }

  /** Looks at views in both themes, in a wide and in a narrow window: they must fit. */
  async fits(views: readonly string[]): Promise<void> {
    await fits(this.page, views, (view) => this.goTo(view));
  }

  /** Nothing went wrong, and the page has asked no server but its own. */
  isClean(): void {
    const { origin } = new URL(this.program.url);
    const strange = this.requests.filter((url) => !url.startsWith(`${origin}/`) && !url.startsWith('data:'));
    assert.equal({ strange, errors: this.errors }, { strange: [], errors: [] });
  }
}

/** Defines a test that opens the page of a program: a console, unless `ready` is given. It is skipped where there is no browser. */
export function browserTest(
  test: ReturnType<typeof suite>,
  program: string,
  name: string,
  run: (session: Session) => Promise<void>,
  ready = '.chart',
): void {
  if (!isInstalled) {
    test.skip(`${name} (there is no ${CHROMIUM})`);
    return;
  }
  test(name, async () => {
    const session = await Session.open(program, ready);
    try {
      await run(session);
    } finally {
      await session.close();
    }
  });
}
