// Crawls the pages of one site. A Queue is the frontier: workers take pages out and put the links they find in. It ends
// when every page found has been visited. Ctrl-C stops it and prints the results so far.
// Run: npm run example crawl -- https://one.example/ --max 50 --concurrency 8   (without a URL: three embedded sites)

import { load } from 'cheerio';
import { forEach, GreenletExit, joinall, killall, Queue, run, shield, spawn, withTimeout } from 'greenhub';
import { patchAll } from 'greenhub/monkey';
import { serveSites } from './sites/serve.ts';
import { checkUrl, readArguments, refuse, wholeNumber } from './support/arguments.ts';
import { startProgress } from './support/progress.ts';
import { why } from './support/why.ts';

patchAll();

const { starts, max, concurrency, timeout } = commandLine();

run(function* main() {
  const sites = starts.length === 0 ? yield* serveSites() : undefined;
  try {
    yield* crawl(sites?.urls ?? starts);
  } finally {
    sites?.close();
  }
});

function* crawl(starts: string[]) {
  const began = performance.now();
  const origins = new Set(starts.map((url) => new URL(url).origin));
  const frontier = new Queue<string>();
  const seen = new Set<string>();
  const failures: string[] = [];
  let done = 0;
  let bytes = 0;
  let cut = false;
  const progress = startProgress('pages');

  function add(link: string) {
    const url = new URL(link);
    url.hash = '';
    if (!origins.has(url.origin) || seen.has(url.href)) return;
    cut = seen.size === max;
    if (cut) return;
    seen.add(url.href);
    frontier.putNowait(url.href);
  }

  function* visit(url: string) {
    let result: string;
    try {
      const page = yield* withTimeout(timeout, () => fetchPage(url));
      page.links.forEach(add);
      bytes += page.bytes;
      result = page.note;
    } catch (error) {
      if (error instanceof GreenletExit) throw error; // killed by Ctrl-C, so the page has not failed
      result = `FAILED: ${why(error)}`;
      failures.push(`${url}: ${why(error)}`);
    }
    done += 1;
    progress.step(done, seen.size, `${url} ${result}`);
    if (done === seen.size) frontier.shutdown(); // every page has been visited, so no worker can find more
  }

  starts.forEach(add);
  const workers = Array.from({ length: concurrency }, () => spawn(() => forEach(frontier, visit)));
  try {
    yield* joinall(workers, { raiseError: true });
  } finally {
    yield* shield(killall(workers));
    progress.stop();
    const end = done < seen.size ? 'stopped' : 'done';
    const counts = `${done - failures.length} fetched, ${failures.length} failed, ${seen.size - done} left`;
    console.log(`${end}: ${counts}; ${bytes} bytes in ${((performance.now() - began) / 1000).toFixed(1)} s`);
    if (cut) console.log(`there are more pages than --max ${max}`);
    for (const failure of failures) console.log(`failed: ${failure}`);
  }
  if (failures.length === done) process.exitCode = 1;
}

function* fetchPage(url: string) {
  const response = yield* fetch(url, { redirect: 'manual' });
  const type = response.headers.get('content-type') ?? 'no type';
  const location = response.headers.get('location');
  if (response.ok && /^(text\/html|application\/xhtml\+xml)\b/.test(type)) {
    const html = yield* response.text();
    const bytes = Buffer.byteLength(html);
    return { links: linksOf(html, url), bytes, note: `${bytes} bytes` };
  }
  if (response.body) yield* response.body.cancel(); // an unread body would keep its connection
  if (location !== null && response.status >= 300 && response.status < 400) {
    return { links: resolve([location], url), bytes: 0, note: `goes to ${location}` };
  }
  if (!response.ok) throw new Error(`HTTP ${response.status} ${response.statusText}`.trim());
  return { links: [], bytes: 0, note: `skipped: ${type}` };
}

function linksOf(html: string, url: string) {
  const $ = load(html);
  const hrefs = $('a[href]')
    .toArray()
    .map((a) => $(a).attr('href')!);
  return resolve(hrefs, new URL($('base').attr('href') ?? '', url).href);
}

function resolve(hrefs: string[], base: string) {
  return hrefs.filter((href) => URL.canParse(href, base)).map((href) => new URL(href, base).href);
}

function commandLine() {
  const usage = `Usage: npm run example crawl -- [start-url] [options]
  start-url          where to begin (without it: three sites of its own)
  --max <n>          fetch at most this many pages (100)
  --concurrency <n>  number of concurrent requests (5)
  --timeout <ms>     time limit for each page (10000)`;
  const options = {
    max: { type: 'string', default: '100' },
    concurrency: { type: 'string', default: '5' },
    timeout: { type: 'string', default: '10000' },
  } as const;
  const { values, positionals } = readArguments({ options, allowPositionals: true }, usage);
  const [start, ...rest] = positionals;
  if (start !== undefined) checkUrl(start, usage);
  // Without the --, npm takes the options itself, and only their values arrive here.
  if (rest.length > 0) refuse(`give one start URL, without "${rest.join(' ')}" (is the -- missing?)`, usage);
  return {
    starts: positionals,
    max: wholeNumber('--max', values.max, usage),
    concurrency: wholeNumber('--concurrency', values.concurrency, usage),
    timeout: wholeNumber('--timeout', values.timeout, usage),
  };
}
