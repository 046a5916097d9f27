/** Programs for the browser to look at, and what it sees. */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Page } from 'puppeteer-core';
import { root, typescriptFlags } from '../../scripts/typescript-node.js';

export { CHROMIUM, isInstalled, launch } from '../../scripts/chromium.js';

/**
 * Starts a program that prints an address when it is ready.
 *
 * @param file its path below the root
 */
export async function startProgram(file: string, ...args: string[]): Promise<{ url: string; child: ChildProcess }> {
  const child = spawn(process.execPath, [...typescriptFlags(), join(root, file), ...args], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const text of child.stdout ?? [])
    return {
      url: String(text)
        .replace(/^open /, '')
        .trim(),
      child,
    };
  throw new Error(`${file} has ended without printing an address`);
}

/** The text of the first element that a selector matches; empty if there is none. */
export async function textOf(page: Page, selector: string): Promise<string> {
  const [text] = await page.$$eval(selector, (elements) => elements.map(({ textContent }) => String(textContent)));
  return text ?? '';
}
