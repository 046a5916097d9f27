import { line, Shown, TEXT } from '../greenlet/shown.ts';
import type { Exchange, Headers } from './request-exchange.ts';
import { HttpBody } from './response-body.ts';

/**
 * What a server has answered. The body may still be on its way.
 *
 * @example
 * using response = yield* request(url);
 * if (response.statusCode === 200) yield* save(yield* response.body.bytes());
 */
export class HttpResponse extends Shown {
  readonly statusCode: number;
  readonly statusText: string;
  /** By their names in lower case; one that came several times has an array. */
  readonly headers: Headers;
  readonly body: HttpBody;
  /** What undici's interceptors tell: `{ history }` after redirects. */
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

  /** What came after the body: empty before that. */
  get trailers(): Record<string, string> {
    return this.exchange.trailers;
  }

  /** Drops the body, unless all of it has come. */
  [Symbol.dispose](): void {
    this.body.cancel();
  }
}
