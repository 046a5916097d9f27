// The tasks, which the workers and the program that calls them import.

import { load as parse } from 'cheerio';
import type { Coroutine } from 'greenhub';
import { request } from 'greenhub/net';
import { Tasks } from 'greenhub/tasks';

export interface Page {
  url: string;
  title: string;
  links: string[];
  /** The process that has loaded it. */
  pid: number;
}

/** Two crawls on one server must not take each other's pages, so each has a name of its own, which it gives to its workers. */
const { CRAWL = `distributed-crawl-${process.pid}`, REDIS_URL } = process.env;

export const app = new Tasks({ name: CRAWL, url: REDIS_URL }); // without a url: embedded

/** Loads a page. To load it twice does no harm, and that happens if a worker dies before it has told the result. */
export const loadPage = app.task(
  'load-page',
  function* (url: string): Coroutine<Page> {
    const response = yield* request(url, { headers: { 'user-agent': `worker ${process.pid}` } });
    const html = yield* response.body.text();
    if (response.statusCode !== 200) throw new Error(`${url}: HTTP ${response.statusCode}`);
    const $ = parse(html);
    const hrefs = $('a[href]')
      .toArray()
      .map((a) => $(a).attr('href')!);
    const links = hrefs.map((href) => new URL(href, url).href);
    return { url, title: $('title').text(), links, pid: process.pid };
  },
  { attempts: 10, backoff: 500, timeout: 300_000 },
);
