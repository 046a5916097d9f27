/** Common code of the JavaScript crawlers. The pages come from `site.ts`. */
import { expect, nanosecondsEach } from './program.ts';

export const CONCURRENCY = 50;

const site = process.env.SITE ?? '';

/** The paths of the pages found so far. */
export type Seen = Set<string>;

/**
 * The microseconds for each page in a crawl of `n` pages.
 *
 * @param visitAll visits the pages of the site from the given path on, and adds them to the given set
 */
export async function microsecondsEach(
  n: number,
  visitAll: (start: string, seen: Seen) => PromiseLike<unknown>,
): Promise<number> {
  const start = `/${n}/0`;
  const seen: Seen = new Set([start]);
  const nanoseconds = await nanosecondsEach(n, () => visitAll(start, seen));
  expect(seen.size, n);
  return nanoseconds / 1_000;
}

export function urlOf(path: string): string {
  return site + path;
}

/** Returns the new links of a page and marks them as seen. */
export function newLinks(page: string, seen: Seen): string[] {
  const links: string[] = [];
  for (const [, path] of page.matchAll(/href="([^"]+)"/g)) {
    if (path === undefined || seen.has(path)) continue;
    seen.add(path);
    links.push(path);
  }
  return links;
}
