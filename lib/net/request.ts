import type * as Undici from 'undici';
import type { Operation } from '../greenlet/operation.ts';
import { Timeout } from '../hub/cancellation/timeout.ts';
import type { TimeoutOption } from '../hub/checks/checks.ts';
import { checkedOwnOptions, type OptionNames } from '../hub/checks/options.ts';
import type { Suspension } from '../hub/parking/suspension.ts';
import { frugalAgent, isDefaultDispatcher } from './frugal-agent.ts';
import { addLinesTo, loadUndici } from './load-undici.ts';
import type { Aborter } from './on-abort.ts';
import { type Attempt, Opening } from './opening.ts';
import { Exchange } from './request-exchange.ts';
import { withCredentials } from './request-headers.ts';
import { HttpResponse } from './response.ts';
import { shown, shownUrl } from './shown.ts';

type OfUndici = Omit<
  Undici.Dispatcher.RequestOptions,
  'origin' | 'path' | 'method' | 'signal' | 'opaque' | 'responseHeaders' | 'throwOnError' | 'upgrade'
>;

/** undici's own options, and `timeout`. */
export interface RequestOptions extends OfUndici, TimeoutOption {
  /** GET unless given, or PUT for a request with a body. */
  method?: Undici.Dispatcher.HttpMethod | undefined;
  /** What carries the request; undici's dispatcher for everybody if the program has set one, and one of our own unless given. */
  dispatcher?: Undici.Dispatcher | undefined;
  /** Aborts the request, or the rest of its answer, besides the greenlet's own end. */
  signal?: Aborter | null | undefined;
  /** How long the headers of the answer may take, in milliseconds. */
  timeout?: number | undefined;
}

const REQUEST_OPTIONS: OptionNames<RequestOptions> = {
  timeout: 'number',
  method: 'string',
  headers: 'object',
  body: 'any',
  query: 'object',
  dispatcher: 'object',
  signal: 'object',
  headersTimeout: 'number',
  bodyTimeout: 'number',
  idempotent: 'boolean',
  blocking: 'boolean',
  reset: 'boolean',
  expectContinue: 'boolean',
  typeOfService: 'number',
  highWaterMark: 'number',
  onInfo: 'function',
};

/**
 * Makes an HTTP request, as `request()` of undici does. A greenlet that is killed or timed out aborts it, or the rest of the
 * body, which closes the connection.
 *
 * @param url an http: or https: URL
 * @param options undici's own (`method`, `headers`, `body`, `query`, `dispatcher`, `signal`, `headersTimeout`, …), and `timeout` in
 *   milliseconds, for the headers of the answer. undici's interceptors are put into a dispatcher
 * @returns an operation for the response, whatever its status. Each use of it makes a request
 * @throws Timeout when the headers do not come in time; undici's and Node's own errors when it fails (`code`: ECONNREFUSED,
 *   ENOTFOUND, UND_ERR_SOCKET, UND_ERR_HEADERS_TIMEOUT, HPE_…, …); the signal's reason when that is aborted;
 *   InvalidArgumentError (`code`: UND_ERR_INVALID_ARG) for options that make no sense
 *
 * @example
 * const { statusCode, body } = yield* request('https://example.com', { timeout: 5_000 });
 * const page = yield* body.text({ limit: 1_000_000 });
 *
 * @example
 * import { Agent, interceptors } from 'undici';
 * const dispatcher = new Agent().compose(interceptors.redirect({ maxRedirections: 3 }), interceptors.retry());
 * const response = yield* request(url, { dispatcher });
 */
export function request(url: string | URL, options?: RequestOptions): Operation<HttpResponse> {
  return new Requesting(url, checkedOwnOptions(options, REQUEST_OPTIONS, 'request()') ?? {});
}

class Requesting extends Opening<HttpResponse> {
  private readonly url: string | URL;
  private readonly options: RequestOptions;

  constructor(url: string | URL, options: RequestOptions) {
    super(options);
    this.url = url;
    this.options = options;
  }

  /** The answer and its body are kept here, where no program listens to them. */
  protected override get canLinger(): boolean {
    return true;
  }

  describe(): string {
    return `an answer to ${this.what()}`;
  }

  override next(value?: unknown): ReturnType<Suspension<HttpResponse>['next']> {
    const result = super.next(value);
    // The body mostly has come by now: only the rest of a longer one has to be looked after.
    if (this.done) this.value.body.handOver();
    return result;
  }

  protected open(opened: (response: HttpResponse) => void, failed: (error: unknown) => void): Attempt {
    if (client !== null) return this.begin(client, opened, failed).send();
    let request: Begun | null = null;
    let isDiscarded = false;
    const proceed = (loaded: Client): void => {
      request = this.begin(loaded, opened, failed);
      // Given up meanwhile: nothing is sent, and the source of a body is ended.
      if (isDiscarded) request.discard();
      else request.send();
    };
    loadClient().then(proceed).catch(failed);
    return {
      discard() {
        isDiscarded = true;
        request?.discard();
      },
    };
  }

  private begin(
    { undici, agent }: Client,
    opened: (response: HttpResponse) => void,
    failed: (error: unknown) => void,
  ): Begun {
    const { options } = this;
    const url = checkedUrl(undici, this.url);
    const { origin, pathname, search } = url;
    const dispatcher = options.dispatcher ?? (isDefaultDispatcher() ? agent : undici.getGlobalDispatcher());
    if (dispatcher !== agent) addLinesTo(dispatcher);
    const method = options.method ?? (options.body ? 'PUT' : 'GET');
    const headers = withCredentials(url, options.headers);
    const path = pathname + search;
    const settings = { ...options, origin, path, method, headers } as Undici.Dispatcher.RequestOptions;
    const exchange: Exchange = new Exchange(
      undici,
      `the body of ${origin}${pathname}`,
      {
        answered: () => opened(new HttpResponse(exchange)),
        failed,
      },
      settings,
    );
    if (options.signal) exchange.follow(options.signal);
    const discard = (): void => exchange.giveUp(`${this.what()} was aborted: nobody waits for its answer`);
    return {
      discard,
      send() {
        if (!exchange.over) exchange.send(dispatcher, settings);
        return { discard };
      },
    };
  }

  protected timedOut(timeout: number): HttpResponse {
    throw new Timeout(timeout, `${this.what()} was not answered within ${timeout} ms`);
  }

  private what(): string {
    return `${shown(this.options.method ?? 'a request')} to ${shownUrl(this.url)}`;
  }
}

/** A request that is ready to be sent. */
interface Begun extends Attempt {
  send(): Attempt;
}

interface Client {
  undici: typeof Undici;
  agent: Undici.Agent;
}

/** undici, and an agent that leaves nothing behind when requests are aborted; null before the first request. */
let client: Client | null = null;

async function loadClient(): Promise<Client> {
  const undici = await loadUndici();
  client ??= { undici, agent: frugalAgent(undici) };
  return client;
}

function checkedUrl(undici: typeof Undici, url: string | URL): URL {
  let parsed: URL | null = null;
  try {
    parsed = url instanceof URL ? url : new URL(url);
  } catch {}
  if (parsed?.protocol !== 'http:' && parsed?.protocol !== 'https:') {
    throw new undici.errors.InvalidArgumentError(`request() takes an http: or https: URL, not ${shownUrl(url)}`);
  }
  return parsed;
}
