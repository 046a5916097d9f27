import type { Test } from '../support/harness.ts';
import type { SiteTest } from '../support/patched.ts';
import { Site } from '../support/site.ts';

/** Gives each test of a suite its own site, without patches. */
export function visited(test: Test): SiteTest {
  return (name, body) =>
    test(name, async (context) => {
      const site = await Site.open();
      try {
        await body(site, context);
      } finally {
        await site.close();
      }
    });
}
