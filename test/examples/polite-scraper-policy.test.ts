import { type Coroutine, getHub, killall, shield, sleep, spawn } from 'greenhub';
import { VirtualClock } from 'greenhub/testing';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Answer, type Page, type ScrapeOptions, scrape, summaryOf } from '../../examples/scraper/scrape.ts';
import { why } from '../../examples/support/why.ts';

const test = suite('example polite-scraper, its policy');

/** Runs a body on a clock that jumps to the next deadline when nothing else can run. */
async function onVirtualTime<T>(body: () => Coroutine<T>): Promise<T> {
  using _ = VirtualClock.install();
  return await spawn(body);
}

function answer(status = 200, headers: Record<string, string> = {}, body: string | Uint8Array = 'a page'): Answer {
  const statusText = { 404: 'Not Found', 429: 'Too Many Requests', 503: 'Service Unavailable' }[status] ?? '';
  return { status, statusText, headers: new Headers(headers), body: Buffer.from(body) };
}

function reset(): Error {
  return new TypeError('fetch failed', { cause: Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }) });
}

/** Hosts that answer according to a script, whose last line repeats. They record the time of each request. */
class Web {
  readonly asked: string[] = [];
  readonly most = { all: 0, one: 0 };
  private readonly script: Record<string, (Answer | Error | 'hang')[]>;
  private readonly latency: number;
  private readonly underWay: string[] = [];

  constructor(script: Record<string, (Answer | Error | 'hang')[]> = {}, latency = 0) {
    this.script = script;
    this.latency = latency;
  }

  readonly get = function* (this: Web, url: string): Coroutine<Answer> {
    const { host } = new URL(url);
    const lines = this.script[url] ?? [answer()];
    const line = lines.length > 1 ? lines.shift()! : lines[0]!;
    this.asked.push(`${Math.round(getHub().now())} ${url.replace('http://', '')}`);
    this.underWay.push(host);
    this.most.all = Math.max(this.most.all, this.underWay.length);
    this.most.one = Math.max(this.most.one, this.underWay.filter((each) => each === host).length);
    try {
      yield* sleep(line === 'hang' ? Infinity : this.latency);
    } finally {
      this.underWay.splice(this.underWay.indexOf(host), 1);
    }
    if (line === 'hang') throw new Error('nobody can get here');
    if (line instanceof Error) throw line;
    return line;
  }.bind(this);
}

const plain = {
  concurrency: 100,
  perHost: 100,
  rate: 1000,
  timeout: 1000,
  maxRest: 60_000,
  retry: { attempts: 4, minDelay: 100 },
};

function scraped(web: Web, urls: string[], options: Partial<ScrapeOptions> = {}): Promise<Page[]> {
  return onVirtualTime(() => scrape(urls, { ...plain, get: web.get, ...options }));
}

function outcomes(pages: Page[]): string[] {
  const said = ({ result }: Page) => (result.ok ? result.status : why(result.error));
  return pages.map((page) => `${page.url.replace('http://', '')} ${said(page)}, attempts: ${page.attempts}`).sort();
}

function urlsOf(host: string, count: number): string[] {
  return Array.from({ length: count }, (_, n) => `http://${host}/${n}`);
}

test('each host is asked at its own even pace', async () => {
  const web = new Web();
  const pages = await scraped(web, [...urlsOf('a', 4), ...urlsOf('b', 2)], { rate: 2 });
  assert.equal(web.asked, ['0 a/0', '0 b/0', '500 a/1', '500 b/1', '1000 a/2', '1500 a/3']);
  assert.is(pages.length, 6);
});

test('attempts after the first keep the pace as well', async () => {
  const web = new Web({ 'http://a/0': [reset(), answer()] });
  await scraped(web, urlsOf('a', 3), { rate: 2 });
  assert.equal(web.asked, ['0 a/0', '500 a/1', '1000 a/2', '1500 a/0']);
});

test('no more requests than allowed are under way, neither to a host nor in all', async () => {
  const web = new Web({}, 100);
  const urls = ['a', 'b', 'c', 'd'].flatMap((host) => urlsOf(host, 6));
  const pages = await scraped(web, urls, { perHost: 2, concurrency: 5 });
  assert.equal(web.most, { all: 4, one: 2 });
  assert.is(pages.filter(({ result }) => result.ok).length, 24);

  const wide = new Web({}, 100);
  await scraped(
    wide,
    ['a', 'b', 'c', 'd'].flatMap((host) => urlsOf(host, 1)),
    { perHost: 2, concurrency: 3 },
  );
  assert.equal(wide.most, { all: 3, one: 1 });
});

for (const [what, failure] of [
  ['a 503', answer(503)],
  ['a 429', answer(429)],
  ['a reset connection', reset()],
] as const) {
  test(`${what} is retried after pauses that grow`, async () => {
    const web = new Web({ 'http://a/0': [failure, failure, failure, answer()] });
    const pages = await scraped(web, urlsOf('a', 1));
    assert.equal(web.asked, ['0 a/0', '100 a/0', '300 a/0', '700 a/0']);
    assert.equal(outcomes(pages), ['a/0 200, attempts: 4']);
  });
}

test('a request that is too slow is tried again', async () => {
  const web = new Web({ 'http://a/0': ['hang', answer()] });
  const pages = await scraped(web, urlsOf('a', 1));
  assert.equal(web.asked, ['0 a/0', '1100 a/0']);
  assert.equal(outcomes(pages), ['a/0 200, attempts: 2']);
});

test('the time limit is for the request, and not for waiting for its turn', async () => {
  const web = new Web({}, 900);
  const pages = await scraped(web, urlsOf('a', 5), { perHost: 1 });
  assert.equal(web.asked, ['0 a/0', '900 a/1', '1800 a/2', '2700 a/3', '3600 a/4']);
  assert.is(pages.filter(({ result }) => result.ok).length, 5);
});

test('a permanent error is not retried, and a transient one fails after the last attempt', async () => {
  const web = new Web({
    'http://a/0': [answer(404)],
    'http://a/1': [new TypeError('fetch failed', { cause: new Error('no such host') })],
    'http://a/2': [answer(503)],
    'http://a/3': ['hang'],
  });
  const pages = await scraped(web, urlsOf('a', 5));
  assert.equal(outcomes(pages), [
    'a/0 HTTP 404 Not Found, attempts: 1',
    'a/1 no such host, attempts: 1',
    'a/2 HTTP 503 Service Unavailable, attempts: 4',
    'a/3 timed out after 1000 ms, attempts: 4',
    'a/4 200, attempts: 1',
  ]);
});

test('a host that says Retry-After is left alone so long by all, and the others are not', async () => {
  const web = new Web({ 'http://a/0': [answer(429, { 'retry-after': '3' }), answer()] }, 50);
  const pages = await scraped(web, [...urlsOf('a', 3), ...urlsOf('b', 3)], { rate: 10 });
  assert.equal(web.asked, ['0 a/0', '0 b/0', '100 b/1', '200 b/2', '3050 a/1', '3150 a/0', '3250 a/2']);
  assert.equal(outcomes(pages).slice(0, 3), ['a/0 200, attempts: 2', 'a/1 200, attempts: 1', 'a/2 200, attempts: 1']);
});

test('a pause that is longer than Retry-After is kept', async () => {
  const web = new Web({ 'http://a/0': [answer(503, { 'retry-after': '1' }), answer()] });
  await scraped(web, urlsOf('a', 1), { retry: { minDelay: 5000 } });
  assert.equal(web.asked, ['0 a/0', '5000 a/0']);
});

test('Retry-After may be a date', async () => {
  const inAnHour = new Date(Date.now() + 3_600_000).toUTCString();
  const web = new Web({ 'http://a/0': [answer(503, { 'retry-after': inAnHour }), answer()] });
  await scraped(web, urlsOf('a', 1), { maxRest: 7_200_000 });
  const [, again = ''] = web.asked;
  assert.ok(Number.parseInt(again, 10) > 3_500_000, again);
});

test('a past date and an invalid Retry-After are ignored', async () => {
  for (const text of ['Thu, 01 Jan 1970 00:00:00 GMT', 'later', '-5', '']) {
    const web = new Web({ 'http://a/0': [answer(503, { 'retry-after': text }), answer()] });
    await scraped(web, urlsOf('a', 1));
    assert.equal(web.asked, ['0 a/0', '100 a/0']);
  }
});

test('a host that wants to be left alone for too long fails its pages, and is not asked again', async () => {
  const web = new Web({ 'http://a/0': [answer(429, { 'retry-after': '3600' })] });
  const pages = await scraped(web, [...urlsOf('a', 2), 'http://b/'], { perHost: 1 });
  assert.equal(web.asked, ['0 a/0', '0 b/']);
  assert.equal(outcomes(pages), [
    'a/0 a wants no requests for another 3600 s, attempts: 1',
    'a/1 a wants no requests for another 3600 s, attempts: 0',
    'b/ 200, attempts: 1',
  ]);
});

test('redirects are followed at the pace of their target host, up to a limit', async () => {
  const web = new Web({
    'http://a/0': [answer(302, { location: '/1' })],
    'http://a/1': [answer(301, { location: 'http://b/' })],
    'http://a/loop': [answer(307, { location: 'loop' })],
  });
  const pages = await scraped(web, ['http://a/0'], { rate: 2 });
  assert.equal(web.asked, ['0 a/0', '500 a/1', '500 b/']);
  assert.equal(outcomes(pages), ['a/0 200, attempts: 1']);
  assert.equal(outcomes(await scraped(web, ['http://a/loop'])), ['a/loop more than 5 redirects, attempts: 1']);
});

test('a page is reported as soon as it is done', async () => {
  const told: string[] = [];
  const web = new Web({ 'http://a/0': [answer(503), answer()] });
  await scraped(web, urlsOf('a', 2), { onPage: ({ url }) => told.push(`${Math.round(getHub().now())} ${url}`) });
  assert.equal(told, ['1 http://a/1', '100 http://a/0']);
});

test('a scraper that is killed has ended its requests when it ends', async () => {
  const web = new Web({ 'http://a/0': ['hang'], 'http://a/1': [answer(503)], 'http://a/2': ['hang'] });
  const told: Page[] = [];
  const ended: string[] = [];
  function* get(url: string): Coroutine<Answer> {
    try {
      return yield* web.get(url);
    } finally {
      yield* shield(sleep(10));
      ended.push(url);
    }
  }
  await onVirtualTime(function* () {
    const scraper = spawn(scrape, urlsOf('a', 4), { ...plain, get, onPage: (page: Page) => told.push(page) });
    yield* sleep(50);
    yield* killall([scraper]);
    assert.equal(ended.sort(), urlsOf('a', 4));
  });
  assert.equal(outcomes(told), ['a/3 200, attempts: 1']);
  assert.is(web.asked.length, 4);
  assert.equal([...getHub().living()], []);
});

for (const [what, type, body, title] of [
  ['line ends and control codes', 'text/html', '<title>\n  A  tale\x1b of\ttwo\n</title>', 'A tale of two'],
  [
    'an encoding of the header',
    'text/html; charset=iso-8859-1',
    Buffer.from('<title>Crème</title>', 'latin1'),
    'Crème',
  ],
  ['an encoding of the page', 'text/html', Buffer.from('<meta charset=latin1><title>Né</title>', 'latin1'), 'Né'],
  ['no title', 'text/html', '<p>nothing</p>', ''],
  ['another type', 'text/plain', '<title>no HTML</title>', ''],
] as const) {
  test(`the title of a page with ${what}`, async () => {
    const web = new Web({ 'http://a/0': [answer(200, { 'content-type': type }, body)] });
    const [page] = await scraped(web, urlsOf('a', 1));
    assert.equal(page?.result, { ok: true, status: 200, bytes: Buffer.byteLength(body), title });
  });
}

test('the summary counts requests, retries and failures, and how fast each host was asked', async () => {
  const web = new Web({ 'http://a/0': [answer(503), answer()], 'http://a/1': [answer(404)] });
  const pages = await scraped(web, [...urlsOf('a', 4), 'http://b/'], { rate: 4 });
  assert.equal(summaryOf(pages, 4), {
    failed: 1,
    requests: 6,
    retries: 1,
    hosts: [
      { host: 'a', requests: 5, highestRate: 4 },
      { host: 'b', requests: 1, highestRate: undefined },
    ],
  });
});

test('the highest rate is that of the busiest second', () => {
  const requests = [0, 4000, 4250, 4500, 9000].map((began) => ({ host: 'a', began, attempt: 1 }));
  const page: Page = { url: 'http://a/', requests, attempts: 1, result: { ok: false, error: new Error('any') } };
  assert.equal(summaryOf([page], 2).hosts, [{ host: 'a', requests: 5, highestRate: 4 }]);
});

test.run();
