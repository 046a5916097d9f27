/** The site has no serious fault of accessibility, and fits into wide and narrow windows, in both themes. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Session } from '../browser/session.ts';
import { faultsOf } from './axe.ts';
import { photograph, prefer, siteTest, themes, visit } from './visit.ts';

const test = suite('the look of the site');

const paths: Readonly<Record<string, string>> = {
  landing: '/',
  guide: '/coordination.html',
  reference: '/reference/greenhub/classes/Lock.html',
  recipe: '/recipes/requests.html',
};

async function seriousFaults({ page }: Session): Promise<string[]> {
  const faults = await faultsOf(page);
  return faults.filter(({ impact }) => impact === 'serious' || impact === 'critical').map(({ text }) => text);
}

/** Its output is looked at, too. */
async function runProgram({ page }: Session): Promise<void> {
  await page.click('.run-program .run');
  await page.waitForSelector('.run-program[data-state="has ended"]');
}

for (const theme of themes) {
  siteTest(test, `axe finds nothing serious in the ${theme} theme, and the pages fit`, async (session) => {
    const { page } = session;
    await prefer(session, theme);
    for (const [name, path] of Object.entries(paths)) {
      await visit(session, path);
      if (name === 'landing') await runProgram(session);
      assert.is(await page.evaluate('document.documentElement.classList.contains("dark")'), theme === 'dark');
      assert.equal(await seriousFaults(session), [], name);
      for (const width of [360, 1_440]) {
        await page.setViewport({ width, height: 900 });
        assert.is(
          await page.evaluate('document.documentElement.scrollWidth <= innerWidth'),
          true,
          `${name} at ${width}`,
        );
        await photograph(session, `${name}-${theme}-${width}`);
      }
    }
    session.isClean();
  });
}

test.run();
