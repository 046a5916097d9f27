/** Pages of the site in a browser, in both themes, in a wide and in a narrow window. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { suite } from 'uvu';
import { browserTest, type Session } from '../browser/session.ts';

export const themes = ['light', 'dark'] as const;
export type Theme = (typeof themes)[number];

/** With SCREENSHOTS=<folder>, pictures of the pages are left there. */
const screenshots = process.env.SCREENSHOTS;

/** Defines a test that begins on the landing page. */
export function siteTest(test: ReturnType<typeof suite>, name: string, run: (session: Session) => Promise<void>): void {
  browserTest(test, '../site/serve.ts', name, run, '.run-program');
}

/** Opens a page of the site; waits until its buttons work. */
export async function visit({ page, program }: Session, path: string): Promise<void> {
  await page.goto(new URL(path, program.url).href);
  await page.waitForFunction('document.querySelector("#app")?.__vue_app__ !== undefined');
}

/** What the system of the reader prefers. */
export function prefer({ page }: Session, theme: Theme): Promise<void> {
  return page.emulateMediaFeatures([
    { name: 'prefers-color-scheme', value: theme },
    { name: 'prefers-reduced-motion', value: 'reduce' },
  ]);
}

/** Leaves a picture, if asked. */
export async function photograph({ page }: Session, name: string): Promise<void> {
  if (screenshots === undefined) return;
  mkdirSync(screenshots, { recursive: true });
  await page.screenshot({ path: join(screenshots, `${name}.png`) as `${string}.png` });
}
