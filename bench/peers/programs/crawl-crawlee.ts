/** crawlee's HTTP crawler without the features that slow it down on purpose: storage on disk, retries, slow start. */
import { Configuration, HttpCrawler, LogLevel, log } from '@crawlee/http';
import { CONCURRENCY, microsecondsEach, newLinks, type Seen, urlOf } from './crawl.ts';
import type { Programs } from './program.ts';

log.setLevel(LogLevel.WARNING);

export const programs: Programs = {
  crawlFetch: (n) => microsecondsEach(n, crawl),
  crawlRequest: (n) => microsecondsEach(n, crawl),
};

async function crawl(start: string, seen: Seen): Promise<void> {
  const configuration = new Configuration({ persistStorage: false, purgeOnStart: true, availableMemoryRatio: 0.9 });
  const crawler = new HttpCrawler(
    {
      minConcurrency: CONCURRENCY,
      maxConcurrency: CONCURRENCY,
      maxRequestRetries: 0,
      useSessionPool: false,
      statisticsOptions: { logIntervalSecs: 3_600 },
      async requestHandler({ body }) {
        const links = newLinks(body.toString(), seen);
        if (links.length > 0) await crawler.addRequests(links.map(urlOf));
      },
    },
    configuration,
  );
  const { requestsFailed } = await crawler.run([urlOf(start)]);
  if (requestsFailed > 0) throw new Error(`${requestsFailed} pages could not be had`);
}
