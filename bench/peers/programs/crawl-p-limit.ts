/** Plain async functions with p-limit, over the same undici that greenhub uses. */
import pLimit, { type LimitFunction } from 'p-limit';
import { fetch, request } from 'undici';
import { CONCURRENCY, microsecondsEach, newLinks, type Seen, urlOf } from './crawl.ts';
import type { Programs } from './program.ts';

export const programs: Programs = {
  crawlFetch: (n) => microsecondsEach(n, (start, seen) => crawl(fetchPage, start, seen)),
  crawlRequest: (n) => microsecondsEach(n, (start, seen) => crawl(requestPage, start, seen)),
};

function crawl(load: (url: string) => Promise<string>, start: string, seen: Seen): Promise<void> {
  return visit(pLimit(CONCURRENCY), load, start, seen);
}

async function visit(
  limit: LimitFunction,
  load: (url: string) => Promise<string>,
  path: string,
  seen: Seen,
): Promise<void> {
  const page = await limit(load, urlOf(path));
  await Promise.all(newLinks(page, seen).map((link) => visit(limit, load, link, seen)));
}

async function fetchPage(url: string): Promise<string> {
  return await (await fetch(url)).text();
}

async function requestPage(url: string): Promise<string> {
  return await (await request(url)).body.text();
}
