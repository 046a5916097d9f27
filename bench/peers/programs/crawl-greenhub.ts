import { type Coroutine, Pool } from 'greenhub';
import { patchFetch } from 'greenhub/monkey';
import { request } from 'greenhub/net';
import { CONCURRENCY, microsecondsEach, newLinks, type Seen, urlOf } from './crawl.ts';
import type { Programs } from './program.ts';

patchFetch();

export const programs: Programs = {
  crawlFetch: (n) => microsecondsEach(n, (start, seen) => crawl(fetchPage, start, seen)),
  crawlRequest: (n) => microsecondsEach(n, (start, seen) => crawl(requestPage, start, seen)),
};

type Visit = (pool: Pool, path: string, seen: Seen) => Coroutine<void>;

function crawl(visit: Visit, start: string, seen: Seen): PromiseLike<unknown> {
  const pool = new Pool(CONCURRENCY);
  pool.spawn(visit, pool, start, seen);
  return pool.join({ raiseError: true });
}

function* fetchPage(pool: Pool, path: string, seen: Seen): Coroutine<void> {
  const response = yield* fetch(urlOf(path));
  for (const link of newLinks(yield* response.text(), seen)) pool.spawn(fetchPage, pool, link, seen);
}

function* requestPage(pool: Pool, path: string, seen: Seen): Coroutine<void> {
  const response = yield* request(urlOf(path));
  for (const link of newLinks(yield* response.body.text(), seen)) pool.spawn(requestPage, pool, link, seen);
}
