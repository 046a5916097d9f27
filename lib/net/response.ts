import { line, Shown, TEXT } from '../greenlet/shown.ts';
import type { Exchange, Headers } from './request-exchange.ts';
import { HttpBody } from './response-body.ts';

/**
 * The response of a server. Its body may still be arriving.
 *
 * @example
 * using response = yield* request(url);
 * if (response.statusCode === 200) yield* save(yield* response.body.bytes());
 */
export class HttpResponse extends Shown {
  readonly statusCode: number;
  readonly statusText: string;
  /** Keys are names in lower case. A header that came several times has an array. */
  readonly headers: Headers;
  readonly body: HttpBody;
  /** Information from undici's interceptors: `{ history }` after redirects. */
  readonly context: object;
  private readonly exchange: Exchange;

  /** @internal */
  constructor(exchange: Exchange) {
    super();
    this.statusCode = exchange.statusCode;
    this.statusText = exchange.statusText;
    this.headers = exchange.headers;
    this.body = new HttpBody(exchange);
    this.context = exchange.context;
    this.exchange = exchange;
  }

  /** @internal */
  [TEXT](): string {
    return line('HttpResponse', 'HttpResponse', `${this.statusCode} ${this.statusText}`.trim(), this.body.stateText());
  }

  /** The trailers, which follow the body; empty until they arrive. */
  get trailers(): Record<string, string> {
    return this.exchange.trailers;
  }

  /** Drops the body, unless it has arrived completely. */
  [Symbol.dispose](): void {
    this.body.cancel();
  }
}
