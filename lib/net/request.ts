import type * as Undici from 'undici';
import type { Operation } from '../greenlet/operation.ts';
import { Timeout } from '../hub/cancellation/timeout.ts';
import type { TimeoutOption } from '../hub/checks/checks.ts';
import { checkedOwnOptions, type OptionNames } from '../hub/checks/options.ts';
import { deadlineOf } from '../hub/parking/deadline.ts';
import type { Suspension } from '../hub/parking/suspension.ts';
import { frugalAgent, isDefaultDispatcher } from './frugal-agent.ts';
import { addLinesTo, loadUndici } from './load-undici.ts';
import type { Aborter } from './on-abort.ts';
import { type Attempt, Opening } from './opening.ts';
import { Exchange } from './request-exchange.ts';
import { withCredentials } from './request-headers.ts';
import { HttpResponse } from './response.ts';
import { safeText, safeUrl } from './safe-text.ts';

type OfUndici = Omit<
  Undici.Dispatcher.RequestOptions,
  'origin' | 'path' | 'method' | 'signal' | 'opaque' | 'responseHeaders' | 'throwOnError' | 'upgrade'
>;

/** undici's options, and `timeout`. */
export interface RequestOptions extends OfUndici, TimeoutOption {
  /** By default GET, or PUT for a request with a body. */
  method?: Undici.Dispatcher.HttpMethod | undefined;
  /**
   * The dispatcher that sends the request. By default undici's global dispatcher if the program has set one, else our
   * own.
   */
  dispatcher?: Undici.Dispatcher | undefined;
  /** Also aborts the request or the rest of its answer. */
  signal?: Aborter | null | undefined;
  /** How many milliseconds the headers of the answer may take. */
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
 * Makes an HTTP request, like undici's `request()`. If the greenlet is killed or times out, the request or the rest of
 * the body is aborted, which closes the connection.
 *
 * @param url an http: or https: URL
 * @param options undici's options (`method`, `headers`, `body`, `query`, `dispatcher`, `signal`, `headersTimeout`, …),
 *   and `timeout` in milliseconds, for the headers of the answer. Pass undici's interceptors in a dispatcher
 * @returns an operation that gives the response, whatever its status. Each use of the operation makes a new request
 * @throws Timeout if the headers do not arrive in time; undici's and Node's errors if the request fails (`code`:
 *   ECONNREFUSED, ENOTFOUND, UND_ERR_SOCKET, UND_ERR_HEADERS_TIMEOUT, HPE_…, …); the reason of the signal if it is
 *   aborted; InvalidArgumentError (`code`: UND_ERR_INVALID_ARG) if an option is invalid
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
    super();
    this.deadline = deadlineOf(this, options);
    this.url = url;
    this.options = options;
  }

  /** True, because the answer and its body are kept here and the program does not listen to their events. */
  protected override get canLinger(): boolean {
    return true;
  }

  describe(): string {
    return `an answer to ${this.what()}`;
  }

  override next(value?: unknown): ReturnType<Suspension<HttpResponse>['next']> {
    const result = super.next(value);
    // Usually the whole body has arrived by now. Only the rest of a longer one must be bound to the greenlet.
    if (this.done) this.value.body.handOver();
    return result;
  }

  protected open(opened: (response: HttpResponse) => void, failed: (error: unknown) => void): Attempt {
    if (client !== null) return this.begin(client, opened, failed).send();
    let request: Begun | null = null;
    let isDiscarded = false;
    const proceed = (loaded: Client): void => {
      request = this.begin(loaded, opened, failed);
      // If it was given up meanwhile, send nothing and end the source of the body.
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
    const discard = (): void => exchange.giveUp(`${this.what()} was aborted: no greenlet waits for its answer`);
    return {
      discard,
      send() {
        if (!exchange.over) exchange.send(dispatcher, settings);
        return { discard };
      },
    };
  }

  timedOut(timeout: number): HttpResponse {
    throw new Timeout(timeout, `${this.what()} was not answered within ${timeout} ms`);
  }

  private what(): string {
    return `${safeText(this.options.method ?? 'a request')} to ${safeUrl(this.url)}`;
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
    throw new undici.errors.InvalidArgumentError(`request() takes an http: or https: URL, not ${safeUrl(url)}`);
  }
  return parsed;
}
