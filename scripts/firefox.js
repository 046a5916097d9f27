// Headless Firefox for the tests of the core in a page, driven over WebDriver BiDi.

import { existsSync } from 'node:fs';
import puppeteer from 'puppeteer-core';

/** Where Debian's package installs it. */
export const FIREFOX = process.env.FIREFOX ?? '/usr/bin/firefox-esr';

export const isInstalled = existsSync(FIREFOX);

/** It may take long to start on a busy machine. */
export function launch() {
  return puppeteer.launch({ browser: 'firefox', executablePath: FIREFOX, timeout: 120_000 });
}
