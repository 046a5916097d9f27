/** `greenhub/web`, and the patches of `greenhub/monkey` for browsers, in a real browser. */
import type { Browser } from 'puppeteer-core';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { CHROMIUM, isInstalled, launch } from './chromium.ts';
import { WatchedPage } from './watched-page.ts';
import { WebSite } from './web/site.ts';

const test = suite('greenhub in a browser');

let site: WebSite;
let browser: Browser;
let watched: WatchedPage;

async function open(): Promise<void> {
  site = await WebSite.open();
  browser = await launch();
  watched = await WatchedPage.open(browser, site.url);
  await watched.page.waitForFunction('globalThis.tests !== undefined');
}

async function close(): Promise<void> {
  await browser?.close();
  site?.close();
}

/** Runs a function of the program in the page. */
function inPage(name: string, ...args: string[]): Promise<unknown> {
  return watched.page.evaluate(`tests.${name}(${args.map((arg) => JSON.stringify(arg)).join(', ')})`);
}

/** A test in the page whose result is known. */
function define(name: string, call: string, expected: unknown, ...args: (() => string)[]): void {
  test(name, async () => {
    assert.equal(await inPage(call, ...args.map((arg) => arg())), expected);
    assert.equal(watched.errors, []);
  });
}

const socketUrl = (): string => site.url.replace('http', 'ws').replace(/\/$/, '');

if (isInstalled) {
  test.before(open);
  test.after(close);
  define('once() gives the next event of a type', 'once', ['click', '0', 'keyup', 'x']);
  define('once() leaves no listener after a kill, a limit and a lost race', 'onceLeavesNothing', [1, 0, true, true]);
  define('events() keeps each event, and can prevent its default', 'events', [['a', 'b', 'c'], 3]);
  define('animationFrame() gives rising times', 'frames', true);
  define('patchAll() installs the patches of a browser, and unpatchAll() removes them', 'patches', [
    [true, true, true, true, true],
    false,
    true,
  ]);
  define('fetch() in greenlets', 'fetch', [['body 1', 'body 2', 'body 3'], 'TypeError']);
  test('a fetch in a killed greenlet shows as cancelled in the network log', async () => {
    assert.equal(await inPage('fetchKilled'), ['GreenletExit', 'GreenletExit', '/arrived']);
    await watched.untilCancelled('?body', '?head', '?lost');
    assert.equal(watched.errors, []);
  });
  define("the program's own signal aborts a fetch", 'fetchOfOwnSignal', 'mine');
  define('a timer spawns a generator function', 'timers', ['begins one', 'ends']);
  define('streams are read, written and piped', 'streams', [true, ['piped']]);
  test('a killed greenlet ends the streams that it reads and writes, and the request behind them', async () => {
    assert.equal(await inPage('streamsKilled'), [[true, true], 'GreenletExit', 'GreenletExit', 'AbortError']);
    await watched.untilCancelled('?stream');
    assert.equal(watched.errors, []);
  });
  define('requests and transactions of IndexedDB are operations', 'indexedDb', [
    ['page 2', 3],
    'ConstraintError',
    null,
  ]);
  define(
    'a WebSocket sends, receives and is closed',
    'webSocket',
    ['b', 'text', [1, 2, 3], [], 4000, 4000, 'WebSocketConnection#1 { closed with code 4000 }'],
    socketUrl,
  );
  define('a WebSocket that is refused or given up', 'webSocketRefused', [1006, 'GreenletExit'], socketUrl);
  define('send() waits for a slow reader', 'webSocketBackPressure', [true, 200], socketUrl);
  define('ports move messages both ways', 'ports', [['one', 'two', 8, 0], 'ShutDown', 'Port#N { closed }']);
  define('a worker answers, and its errors arrive', 'worker', [[2, 4, 6], true]);
} else {
  test.skip(`everything (there is no ${CHROMIUM})`, () => {});
}

test.run();
