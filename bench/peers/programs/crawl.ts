/** What the crawlers in JavaScript share. The pages are those of `site.ts`. */
import { expect, nanosecondsEach } from './program.ts';

export const CONCURRENCY = 50;

const site = process.env.SITE ?? '';

/** The paths of the pages that were found so far. */
export type Seen = Set<string>;

/**
 * The microseconds a page of a crawl of `n` pages.
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

/** The links of a page that were not seen before; they are now. */
export function newLinks(page: string, seen: Seen): string[] {
  const links: string[] = [];
  for (const [, path] of page.matchAll(/href="([^"]+)"/g)) {
    if (path === undefined || seen.has(path)) continue;
    seen.add(path);
    links.push(path);
  }
  return links;
}
