// The core of examples/polite-scraper.ts: when a host may be asked, and which errors are retried. The caller supplies the
// function that sends a request, so the tests can use a virtual clock and no network.

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

/** The response of a server. */
export interface Answer {
  status: number;
  statusText: string;
  headers: { get(name: string): string | null };
  body: Uint8Array;
}

/** The result for a URL; `requests` lists all its requests, including redirects and retries. */
export interface Page {
  url: string;
  requests: { host: string; began: number; attempt: number }[];
  attempts: number;
  result: { ok: true; status: number; bytes: number; title: string } | { ok: false; error: unknown };
}

/** Times are in milliseconds. */
export interface ScrapeOptions {
  /** Sends one request without following redirects. */
  get(url: string): Coroutine<Answer>;
  /** Called with each page as soon as it is done. */
  onPage?(page: Page): void;
  /** Concurrent pages in total. */
  concurrency: number;
  /** Concurrent requests to one host. */
  perHost: number;
  /** Requests per second to one host. */
  rate: number;
  /** Time limit for each request. */
  timeout: number;
  /** The longest wait that a server may ask for with Retry-After. If it asks for more, the page fails. */
  maxRest: number;
  /** Attempts for each page, and the pauses between them. */
  retry: Omit<RetryOptions, 'retryIf'>;
}

const MAX_REDIRECTS = 5;

const hub = getHub();

/** Fetches each page and returns its result. A page that fails does not stop the others. */
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
      if (error instanceof GreenletExit) throw error; // the scraper was stopped, so the page has not failed
      result = { ok: false, error };
    }
    return { url, requests, attempts: requests.at(-1)?.attempt ?? 0, result };
  }

  /** One attempt: a request, plus one for each redirect. */
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

/** A host and its limits: concurrent requests, requests per second, and none while it rests. */
class Host {
  private readonly name: string;
  private readonly options: ScrapeOptions;
  private readonly places: Semaphore;
  private readonly pace: RateLimiter;
  /** The host asked for no requests until this time. */
  private restsUntil = -Infinity;

  constructor(name: string, options: ScrapeOptions) {
    this.name = name;
    this.options = options;
    this.places = new Semaphore(options.perHost);
    this.pace = new RateLimiter({ limit: options.rate, burst: 1 });
  }

  /** Sends a request when the limits allow it, and throws unless the response is a page or a redirect. */
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
    } while (hub.now() < this.restsUntil); // another request received a Retry-After in the meantime
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

/** Whether an error is transient. */
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
  return title.replace(/[\s\p{Cc}]+/gu, ' ').trim(); // for printing: remove line ends and terminal codes
}

export interface Summary {
  failed: number;
  requests: number;
  retries: number;
  /** The highest rate is in requests per second. A host with a single request has none. */
  hosts: { host: string; requests: number; highestRate: number | undefined }[];
}

/** A summary of pages that were requested at `rate` per second. */
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

/** The highest rate over any stretch with as many gaps as a second may have, or over all gaps if there are fewer. */
function highestRate(times: readonly number[], rate: number): number | undefined {
  const sorted = times.toSorted((a, b) => a - b);
  const gaps = Math.min(Math.max(1, Math.floor(rate)), sorted.length - 1);
  if (gaps < 1) return undefined;
  const stretches = sorted.slice(gaps).map((time, index) => time - sorted[index]!);
  return (gaps * 1000) / Math.min(...stretches);
}
