// Headless Chromium for the tests of the web console and for the pictures in the docs, driven over the DevTools protocol.

import { existsSync } from 'node:fs';
import puppeteer from 'puppeteer-core';

/** Debian's package of the headless shell, which has no windows and takes half the processor time of the whole browser. */
const SHELL = '/usr/bin/chromium-headless-shell';

export const CHROMIUM = process.env.CHROMIUM ?? (existsSync(SHELL) ? SHELL : '/usr/bin/chromium');

export const isInstalled = existsSync(CHROMIUM);

/** As root, which is usual in a container, Chromium has no sandbox of its own. */
export function launch() {
  return puppeteer.launch({
    executablePath: CHROMIUM,
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
  });
}
