import { createServer as createHttpServer, type Server, type ServerOptions } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { Socket as Stream } from 'node:net';
import type { TlsOptions } from 'node:tls';
import { checkedFunction } from '../hub/checks.ts';
import { checkedOptions, type OptionNames } from '../hub/options.ts';
import { nameOf } from '../sync/named.ts';
import { BASE_SERVER_OPTIONS, BaseServer, type BaseServerOptions, type Listener } from './base-server.ts';
import { HttpServerRequest, HttpServerResponse } from './http-messages.ts';
import { type RequestService, refuse, type ServeRequestOptions, serveRequest } from './http-service.ts';

/** Serves one request: usually a function*. The response is ended when it has ended. */
export type HttpHandler = (request: HttpServerRequest, response: HttpServerResponse) => unknown;

export interface HttpServerOptions extends BaseServerOptions {
  /** Makes it a server for https: Node's options for `tls.createServer()`. */
  tls?: TlsOptions | undefined;
  /** Node's options for `http.createServer()`: `keepAliveTimeout`, `requestTimeout`, `maxHeaderSize`, … */
  http?: Omit<ServerOptions, 'IncomingMessage' | 'ServerResponse'> | undefined;
}

const SERVER_OPTIONS: OptionNames<HttpServerOptions> = { ...BASE_SERVER_OPTIONS, tls: 'object', http: 'object' };

/**
 * An HTTP server that runs a greenlet for each request. Its handlers get Node's own request and response, on which what
 * blocks is an operation. Keep-alive, pipelining, HEAD, `Expect: 100-continue` and malformed requests are Node's business.
 *
 * * When a handler has ended, its response is ended, unless something is piped into it.
 * * What it throws is reported, once, by `hub.handleError`, and answered with 500; where headers were sent before,
 *   the connection is cut.
 * * When its client goes away before it has the response, it is killed. What that makes the request or the response throw is
 *   no failure of the handler.
 * * While the pool is full, requests stand in line, unread; who comes when it is `backlog` long is answered with 503, and
 *   `connection: close`.
 *
 * @example
 * const server = new HttpServer(8000, function* hello(request, response) {
 *   const name = yield* request.text({ limit: 1_000, timeout: 5_000 });
 *   response.end(`hello ${name}\n`);
 * }, { pool: 1_000 });
 * yield* server.serveForever();
 */
export class HttpServer extends BaseServer {
  /** Node's own, for its settings and further events (`upgrade`, `clientError`, …). */
  readonly server: Server<typeof HttpServerRequest, typeof HttpServerResponse>;
  private readonly handler: HttpHandler;
  private readonly serveOptions: ServeRequestOptions;
  /** Connections that requests may come by. */
  private readonly streams = new Set<Stream>();

  /**
   * @param listener where to listen; can be left to `start()`
   * @param handler called with each request and its response, in a greenlet of its own
   * @throws TypeError when the handler is no function; RangeError for a pool size or a backlog that is no whole number
   */
  constructor(listener: Listener | undefined, handler: HttpHandler, options: HttpServerOptions = {}) {
    checkedFunction(handler, 'a server');
    checkedOptions(options, SERVER_OPTIONS, 'new HttpServer()');
    const { tls, http } = options;
    const settings = { ...http, IncomingMessage: HttpServerRequest, ServerResponse: HttpServerResponse };
    const server = tls === undefined ? createHttpServer(settings) : createHttpsServer({ ...tls, ...settings });
    super(nameOf('HttpServer'), server, listener, options);
    this.handler = handler;
    this.serveOptions = { pool: this.pool, ended: (service) => this.ended(service) };
    this.server = server;
    // Node's own would cut off responses that are still being sent. It is called when the server is closed.
    server.closeIdleConnections = () => this.closeIdle();
    server
      .on(tls === undefined ? 'connection' : 'secureConnection', (stream: Stream) => {
        this.streams.add(stream);
        stream.on('close', () => this.streams.delete(stream));
      })
      .on('request', (request, response) => this.serve(request, response));
  }

  private serve(request: HttpServerRequest, response: HttpServerResponse): void {
    if (this.refuses) refuse(response, 503);
    else this.add(serveRequest(this.handler, request, response, this.serveOptions));
  }

  /** Closes the connections that nobody is served over. */
  private closeIdle(): void {
    const busy = new Set<Stream>();
    for (const service of this.allJobs) busy.add((service as RequestService).request.socket);
    for (const stream of this.streams) if (!busy.has(stream)) stream.destroy();
  }
}
