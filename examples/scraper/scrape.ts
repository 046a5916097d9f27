// The core of examples/polite-scraper.ts: who may ask which host when, what is tried again, and what is not. How a page
// is got is up to the caller, so that the tests run this on a clock of their own and without a network.

import { loadBuffer } from 'cheerio';
import {
  type Coroutine,
  forEach,
  GreenletExit,
  getHub,
  Pool,
  RateLimiter,
  type RetryOptions,
  retry,
  Semaphore,
  shield,
  sleep,
  Timeout,
  withTimeout,
} from 'greenhub';
import { codeOf } from '../support/why.ts';

/** What a server has answered. */
export interface Answer {
  status: number;
  statusText: string;
  headers: { get(name: string): string | null };
  body: Uint8Array;
}

/** What became of a URL; `requests` lists what was asked for its sake, redirects and further attempts included. */
export interface Page {
  url: string;
  requests: { host: string; began: number; attempt: number }[];
  attempts: number;
  result: { ok: true; status: number; bytes: number; title: string } | { ok: false; error: unknown };
}

/** Times are milliseconds. */
export interface ScrapeOptions {
  /** Sends one request, and does not follow redirects. */
  get(url: string): Coroutine<Answer>;
  /** Called with each page as soon as it is done. */
  onPage?(page: Page): void;
  /** So many pages at once in all. */
  concurrency: number;
  /** So many requests at once to one host. */
  perHost: number;
  /** So many requests a second to one host. */
  rate: number;
  /** For each request. */
  timeout: number;
  /** Waits that a server asks for with Retry-After; when it wants more, the page has failed. */
  maxRest: number;
  /** How often a page is tried, and the pauses in between. */
  retry: Omit<RetryOptions, 'retryIf'>;
}

const MAX_REDIRECTS = 5;

const hub = getHub();

/** Gets each page and gives what became of it; one that fails does not stop the others. */
export function* scrape(urls: Iterable<string>, options: ScrapeOptions): Coroutine<Page[]> {
  const hosts = new Map<string, Host>();
  const pool = new Pool(options.concurrency);
  const pages: Page[] = [];

  function* visit(url: string): Coroutine<Page> {
    const requests: Page['requests'] = [];
    let result: Page['result'];
    try {
      const attempts = { ...options.retry, retryIf: mayPass };
      const answer = yield* retry((attempt) => load(url, requests, attempt), attempts);
      result = { ok: true, status: answer.status, bytes: answer.body.byteLength, title: titleOf(answer) };
    } catch (error) {
      if (error instanceof GreenletExit) throw error; // somebody stops the scraper: no failure of the page
      result = { ok: false, error };
    }
    return { url, requests, attempts: requests.at(-1)?.attempt ?? 0, result };
  }

  /** One attempt: a request, and one more for each redirect. */
  function* load(url: string, requests: Page['requests'], attempt: number): Coroutine<Answer> {
    let next = url;
    for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects += 1) {
      const answer = yield* hostOf(next).ask(next, (host) => requests.push({ host, began: hub.now(), attempt }));
      const location = answer.headers.get('location');
      if (answer.status < 300 || answer.status >= 400 || location === null) return answer;
      next = new URL(location, next).href;
    }
    throw new Error(`more than ${MAX_REDIRECTS} redirects`);
  }

  function hostOf(url: string): Host {
    const { host } = new URL(url);
    const known = hosts.get(host) ?? new Host(host, options);
    hosts.set(host, known);
    return known;
  }

  try {
    yield* forEach(pool.imapUnordered(visit, urls), (page) => {
      pages.push(page);
      options.onPage?.(page);
    });
  } finally {
    yield* shield(pool.kill());
  }
  return pages;
}

/** A host, and what is due to it: so many requests at once, at its pace, and none while it rests. */
class Host {
  private readonly name: string;
  private readonly options: ScrapeOptions;
  private readonly places: Semaphore;
  private readonly pace: RateLimiter;
  /** It has asked to be left alone until then. */
  private restsUntil = -Infinity;

  constructor(name: string, options: ScrapeOptions) {
    this.name = name;
    this.options = options;
    this.places = new Semaphore(options.perHost);
    this.pace = new RateLimiter({ limit: options.rate, burst: 1 });
  }

  /** Sends a request when that is polite, and throws unless the answer is a page or a redirect. */
  *ask(url: string, begins: (host: string) => void): Coroutine<Answer> {
    using _ = yield* this.places.hold();
    yield* this.turn();
    begins(this.name);
    const answer = yield* withTimeout(this.options.timeout, () => this.options.get(url));
    if (answer.status >= 400) {
      this.rest(restAskedFor(answer));
      throw new HttpError(answer.status, answer.statusText);
    }
    return answer;
  }

  private *turn(): Coroutine<void> {
    do {
      yield* this.rested();
      yield* this.pace.take();
    } while (hub.now() < this.restsUntil); // another request was told so meanwhile
  }

  private *rested(): Coroutine<void> {
    for (let left = this.left(); left > 0; left = this.left()) {
      if (left > this.options.maxRest) {
        throw new Error(`${this.name} wants no requests for another ${Math.ceil(left / 1000)} s`);
      }
      yield* sleep(left);
    }
  }

  private rest(time: number): void {
    this.restsUntil = Math.max(this.restsUntil, hub.now() + time);
  }

  private left(): number {
    return this.restsUntil - hub.now();
  }
}

class HttpError extends Error {
  readonly status: number;

  constructor(status: number, statusText: string) {
    super(`HTTP ${status} ${statusText}`.trim());
    this.status = status;
  }
}

/** Whether an error may pass by itself. */
function mayPass(error: unknown): boolean {
  if (error instanceof HttpError) return error.status === 429 || error.status >= 500;
  return error instanceof Timeout || ['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'].includes(codeOf(error) ?? '');
}

/** Retry-After is a number of seconds, or a date. */
function restAskedFor({ headers }: Answer): number {
  const text = headers.get('retry-after') ?? '';
  const time = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now();
  return time > 0 ? time : 0;
}

function titleOf({ headers, body }: Answer): string {
  const [type, charset] = (headers.get('content-type') ?? '').split(/; *charset=/i);
  if (!/^(text\/html|application\/xhtml\+xml)\b/.test(type ?? '')) return '';
  const encoding = { transportLayerEncodingLabel: charset };
  const title = loadBuffer(Buffer.from(body), { encoding })('title').first().text();
  return title.replace(/[\s\p{Cc}]+/gu, ' ').trim(); // it is printed: no line ends, no codes for the terminal
}

export interface Summary {
  failed: number;
  requests: number;
  retries: number;
  /** The highest rate is in requests a second; a host that was asked once has none. */
  hosts: { host: string; requests: number; highestRate: number | undefined }[];
}

/** What some pages come to, which were asked for at `rate` a second. */
export function summaryOf(pages: readonly Page[], rate: number): Summary {
  const requests = pages.flatMap((page) => page.requests);
  const hosts = [...new Set(requests.map(({ host }) => host))].sort().map((host) => {
    const times = requests.filter((request) => request.host === host).map(({ began }) => began);
    return { host, requests: times.length, highestRate: highestRate(times, rate) };
  });
  return {
    failed: pages.filter(({ result }) => !result.ok).length,
    requests: requests.length,
    retries: pages.reduce((sum, { attempts }) => sum + Math.max(0, attempts - 1), 0),
    hosts,
  };
}

/** Over every stretch of so many gaps as a second may have (or of all, where there are fewer). */
function highestRate(times: readonly number[], rate: number): number | undefined {
  const sorted = times.toSorted((a, b) => a - b);
  const gaps = Math.min(Math.max(1, Math.floor(rate)), sorted.length - 1);
  if (gaps < 1) return undefined;
  const stretches = sorted.slice(gaps).map((time, index) => time - sorted[index]!);
  return (gaps * 1000) / Math.min(...stretches);
}
