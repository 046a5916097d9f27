import type { Test } from '../support/harness.ts';
import type { SiteTest } from '../support/patched.ts';
import { Site } from '../support/site.ts';

/** Makes tests of a suite run with a site of their own, and no patches. */
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
