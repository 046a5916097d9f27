import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'puppeteer-core';
import * as assert from 'uvu/assert';

/** With SCREENSHOTS=<folder>, pictures of the views are left there. */
const screenshots = process.env.SCREENSHOTS;

/**
 * Looks at views of a page in both themes, in a wide and in a narrow window: nothing may be wider than the window.
 *
 * @param show goes to a view
 */
export async function fits(
  page: Page,
  views: readonly string[],
  show: (view: string) => Promise<unknown>,
): Promise<void> {
  if (screenshots !== undefined) mkdirSync(screenshots, { recursive: true });
  for (const theme of ['light', 'dark']) {
    await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: theme }]);
    for (const width of [1_440, 360]) {
      await page.setViewport({ width, height: 800 });
      for (const view of views) {
        await show(view);
        const doesFit = await page.evaluate('document.documentElement.scrollWidth <= innerWidth');
        assert.is(doesFit, true, `${view} at ${width}`);
        if (screenshots === undefined) continue;
        const name = `${view.replace(/\?.*/, '')}-${theme}-${width}.png`;
        await page.screenshot({ path: join(screenshots, name) as `${string}.png` });
      }
    }
  }
}
