/** Tests of an HTTP library, each with its own site and all patches installed. */
import type { SiteTest } from '../support/patched.ts';
import { Site } from '../support/site.ts';
import { library, limited } from './library.ts';

export function httpLibrary(name: string): SiteTest & { run(): void } {
  const test = library(name);
  const visiting: SiteTest = (title, body) =>
    test(title, async (context) => {
      const site = await Site.open();
      try {
        await limited(body(site, context));
      } finally {
        await site.close();
      }
    });
  return Object.assign(visiting, { run: () => test.run() });
}

/** Makes a path never answer. Settles when the connection of a request for it is closed. */
export function hungUp(site: Site, path: string): Promise<void> {
  return new Promise((resolve) => site.on(path, (_, response) => response.on('close', resolve)));
}
