// Scrapes the titles of pages politely. Each host has a RateLimiter and a Semaphore, and a Pool bounds the total.
// `retry`, with growing pauses, retries only transient errors (5xx, 429, a reset connection, a timeout). If a host
// sends Retry-After, the scraper waits that long. The policy is in scraper/scrape.ts. If a page fails for good, it
// prints one line and continues with the others; the exit code is then 1. Ctrl-C stops it and prints the results so
// far.
// Run: npm run example polite-scraper -- https://one.example/ https://two.example/ --rate 2
// Without URLs it scrapes embedded sites that fail now and then.

import { run } from 'greenhub';
import { patchAll } from 'greenhub/monkey';
import { type Page, scrape, summaryOf } from './scraper/scrape.ts';
import { serveFlakySites } from './sites/flaky.ts';
import { checkUrl, readArguments, wholeNumber } from './support/arguments.ts';
import { why } from './support/why.ts';

patchAll();

const { given, ...limits } = commandLine();

run(function* main() {
  const sites = given.length === 0 ? yield* serveFlakySites() : undefined;
  const urls = sites?.urls ?? given;
  const pages: Page[] = [];
  const began = performance.now();
  function onPage(page: Page) {
    pages.push(page);
    console.log(lineOf(page));
  }
  try {
    yield* scrape(urls, { ...limits, get, onPage });
  } finally {
    sites?.close();
    const { failed, requests, retries, hosts } = summaryOf(pages, limits.rate);
    const stopped = pages.length < urls.length;
    const end = stopped ? `stopped: ${pages.length} of ${urls.length} pages` : `done: ${plural(pages.length, 'page')}`;
    const sent = `${plural(requests, 'request')}, ${retries} of them retries`;
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    console.log(`${end}, ${failed} failed; ${sent}; ${seconds} s`);
    for (const { host, requests, highestRate } of hosts) {
      const rate = highestRate === undefined ? '' : `, at the most ${highestRate.toFixed(1)} a second`;
      console.log(`${host}: ${plural(requests, 'request')}${rate} (${limits.rate} allowed)`);
    }
    if (failed > 0) process.exitCode = 1;
  }
});

function* get(url: string) {
  const headers = { 'user-agent': 'greenhub polite-scraper' };
  const response = yield* fetch(url, { redirect: 'manual', headers });
  const body = new Uint8Array(yield* response.arrayBuffer());
  return { status: response.status, statusText: response.statusText, headers: response.headers, body };
}

function lineOf({ url, attempts, result }: Page) {
  const tried = plural(attempts, 'attempt');
  if (!result.ok) return `FAILED: ${url}: ${why(result.error)}, ${tried}`;
  const title = result.title === '' ? 'no title' : `"${result.title}"`;
  return `${url}: ${result.status}, ${plural(result.bytes, 'byte')}, ${tried}, ${title}`;
}

function plural(count: number, what: string) {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

function commandLine() {
  const usage = `Usage: npm run example polite-scraper -- [url …] [options]
  url …              the URLs to scrape (without any: embedded sites that fail now and then)
  --rate <n>         requests per second to one host (5)
  --per-host <n>     concurrent requests to one host (2)
  --concurrency <n>  concurrent pages in total (8)
  --timeout <ms>     time limit for each request (2000)
  --attempts <n>     attempts for each page (5)
  --max-rest <ms>    longest wait that a host may ask for (60000)`;
  const options = {
    rate: { type: 'string', default: '5' },
    'per-host': { type: 'string', default: '2' },
    concurrency: { type: 'string', default: '8' },
    timeout: { type: 'string', default: '2000' },
    attempts: { type: 'string', default: '5' },
    'max-rest': { type: 'string', default: '60000' },
  } as const;
  const { values, positionals } = readArguments({ options, allowPositionals: true }, usage);
  for (const url of positionals) checkUrl(url, usage);
  const number = (name: keyof typeof options) => wholeNumber(`--${name}`, values[name], usage);
  return {
    given: [...new Set(positionals)],
    rate: number('rate'),
    perHost: number('per-host'),
    concurrency: number('concurrency'),
    timeout: number('timeout'),
    maxRest: number('max-rest'),
    retry: { attempts: number('attempts'), minDelay: 200, jitter: 0.3 },
  };
}
