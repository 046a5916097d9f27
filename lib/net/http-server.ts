import type { IncomingMessage, Server, ServerOptions } from 'node:http';
import type { Socket as Stream } from 'node:net';
import type { TlsOptions } from 'node:tls';
import type { Operation } from '../greenlet/operation.ts';
import { checkedFunction, checkedTime, type TimeoutOption } from '../hub/checks/checks.ts';
import { checkedOptions, type OptionNames } from '../hub/checks/options.ts';
import { nameOf } from '../sync/named.ts';
import { BASE_SERVER_OPTIONS, BaseServer, type BaseServerOptions, type Listener } from './base-server.ts';
import { halfReceived } from './half-received.ts';
import { HttpServerRequest, HttpServerResponse } from './http-messages.ts';
import { type RequestService, refuse, type ServeRequestOptions, serveRequest } from './http-service.ts';
import type { ServeForeverOptions } from './lifecycle.ts';
import { closeGently } from './lingering.ts';
import { http, https } from './nodes-modules.ts';
import { pipelineOf } from './pipeline.ts';

// Captured, because fake clocks replace it.
const { nextTick } = process;

/** A longer timer of Node's would run at once. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** Serves one request; usually a function*. When it has ended, the server ends the response. */
export type HttpHandler = (request: HttpServerRequest, response: HttpServerResponse) => unknown;

export interface HttpServerOptions extends BaseServerOptions {
  /** Makes it an HTTPS server: Node's options for `tls.createServer()`. */
  tls?: TlsOptions | undefined;
  /** Node's options for `http.createServer()`: `keepAliveTimeout`, `requestTimeout`, `maxHeaderSize`, … */
  http?: Omit<ServerOptions, 'IncomingMessage' | 'ServerResponse'> | undefined;
}

/** The options of `HttpServer.stop()`. */
export interface HttpStopOptions extends TimeoutOption {
  /**
   * How many milliseconds connections without a request may stay open for one more; 0 by default. The answer then closes
   * the connection. Set it if no request may fail: a client that keeps its connections open may be sending one now.
   */
  drain?: number | undefined;
}

/** The options of `HttpServer.serveForever()`. */
export interface HttpServeForeverOptions extends ServeForeverOptions {
  /** The option of `stop()`, for the stop when `serveForever()` is cancelled. */
  drain?: number | undefined;
}

const STOP_OPTIONS: OptionNames<HttpStopOptions> = { timeout: 'number', drain: 'number' };

const SERVE_OPTIONS: OptionNames<HttpServeForeverOptions> = { stopTimeout: 'number', drain: 'number' };

const SERVER_OPTIONS: OptionNames<HttpServerOptions> = { ...BASE_SERVER_OPTIONS, tls: 'object', http: 'object' };

/**
 * An HTTP server that runs a greenlet for each request. Handlers get Node's request and response, with methods that
 * block as operations. Node handles keep-alive, pipelining, HEAD, `Expect: 100-continue` and malformed requests.
 *
 * * When a handler has ended, the server ends its response, unless something is piped into it.
 * * If a handler throws, `hub.handleError` reports the error once, and the client gets status 500. If the headers were
 *   already sent, the connection is closed instead.
 * * If the client disconnects before it has the response, the handler is killed. Errors that the request or response
 *   throws because of this are not reported.
 * * While the pool is full, up to `backlog` requests wait in line, unread. Further requests get status 503 and
 *   `connection: close`.
 * * `stop()` answers every request that has begun: all requests of a pipeline, and requests whose head has arrived in
 *   part.
 *
 * @example
 * const server = new HttpServer(8000, function* hello(request, response) {
 *   const name = yield* request.text({ limit: 1_000, timeout: 5_000 });
 *   response.end(`hello ${name}\n`);
 * }, { pool: 1_000 });
 * yield* server.serveForever();
 */
export class HttpServer extends BaseServer {
  /** Node's server. Use it for settings and for further events (`upgrade`, `clientError`, …). */
  readonly server: Server<typeof HttpServerRequest, typeof HttpServerResponse>;
  private readonly handler: HttpHandler;
  private readonly serveOptions: ServeRequestOptions;
  /** Open connections, each with the request that was answered before its whole body had arrived. */
  private readonly streams = new Map<Stream, IncomingMessage | undefined>();
  /** While a stop waits: the connections on which a request may be on its way. */
  private readonly expected = new Set<Stream>();
  private readonly isSecure: boolean;
  private drain = 0;

  /**
   * @param listener where to listen; if undefined, pass it to `start()`
   * @param handler called for each request, in its own greenlet, with the request and its response
   * @param options `pool`, `backlog`, `tls`, `http`
   * @throws TypeError if the handler is not a function; RangeError if the pool size or the backlog is not a whole
   *   number
   */
  constructor(listener: Listener | undefined, handler: HttpHandler, options: HttpServerOptions = {}) {
    checkedFunction(handler, 'a server');
    checkedOptions(options, SERVER_OPTIONS, 'new HttpServer()');
    const { tls } = options;
    const settings = { ...options.http, IncomingMessage: HttpServerRequest, ServerResponse: HttpServerResponse };
    const server = tls === undefined ? http.createServer(settings) : https().createServer({ ...tls, ...settings });
    super(nameOf('HttpServer'), server, listener, options);
    this.handler = handler;
    this.serveOptions = { pool: this.pool, ended: (service) => this.answered(service) };
    this.server = server;
    this.isSecure = tls !== undefined;
    // Node calls this when the server is closed. Node's own version would cut off responses that are still being sent.
    server.closeIdleConnections = () => this.closeIdle();
    server
      .on(tls === undefined ? 'connection' : 'secureConnection', (stream: Stream) => this.connected(stream))
      .on('request', (request, response) => this.serve(request, response));
  }

  /**
   * As for all servers, with an option more. On a socket of `listen()`, it also waits up to 5 seconds for the first request
   * of a connection that it has accepted.
   *
   * @param options `timeout` and `drain`, in milliseconds
   */
  override stop(options?: HttpStopOptions): Operation<void> {
    checkedOptions(options, STOP_OPTIONS, 'server.stop()');
    if (options?.drain !== undefined) this.drain = checkedTime(options.drain, 'drain');
    return super.stop({ timeout: options?.timeout });
  }

  /**
   * As for all servers, with an option more.
   *
   * @param options `stopTimeout` and `drain`, in milliseconds
   */
  override serveForever(options?: HttpServeForeverOptions): Operation<void> {
    checkedOptions(options, SERVE_OPTIONS, 'server.serveForever()');
    if (options?.drain !== undefined) this.drain = checkedTime(options.drain, 'drain');
    return super.serveForever({ stopTimeout: options?.stopTimeout });
  }

  override ready(): boolean {
    return super.ready() && this.streams.size === 0;
  }

  protected override get patience(): number {
    return this.drain > 0 ? Math.min(this.drain, LONGEST_TIMER) : super.patience;
  }

  protected override beginToLeave(): void {
    const { newest } = this.survey();
    for (const stream of this.streams.keys()) {
      if (newest.get(stream)?.closeAfter()) continue;
      if (stream.bytesRead === 0 || this.drain > 0) this.expected.add(stream);
    }
  }

  protected override expects(): boolean {
    const isShakingHands = this.isSecure && this.connectionCount > this.streams.size;
    return this.expected.size > 0 || isShakingHands;
  }

  /** Closes the idle connections, and marks the last answer of each other connection. */
  protected override hangUp(): void {
    if (this.isOver) return;
    const { newest, half } = this.survey();
    for (const stream of this.streams.keys()) {
      const service = newest.get(stream);
      if (half.has(stream)) {
        if (service !== undefined) service.isFollowed = true;
        // Node enforces the time limit of heads only until its server is closed.
        stream.setTimeout(this.server.headersTimeout);
      } else if (service === undefined) {
        stream.destroy();
        continue;
      }
      // Node calls this after the last answer.
      stream.destroySoon = () => closeGently(stream);
    }
    super.hangUp();
  }

  private connected(stream: Stream): void {
    if (this.isOver) {
      stream.destroy();
      return;
    }
    this.streams.set(stream, undefined);
    if (this.isLeaving) this.expected.add(stream);
    stream.on('close', () => {
      this.streams.delete(stream);
      this.expected.delete(stream);
      this.expectsLess();
      this.progressed();
    });
  }

  private serve(request: HttpServerRequest, response: HttpServerResponse): void {
    if (this.isOver) this.serveLast(request, response);
    else if (this.refuses) refuse(response, 503);
    else {
      const service = this.begin(request, response);
      if (this.isLeaving) this.arrivedWhileLeaving(request, service);
    }
  }

  private arrivedWhileLeaving({ socket }: HttpServerRequest, service: RequestService | undefined): void {
    // By then, the parser has found the requests that have arrived behind it. A microtask would be too late: the handler runs in one.
    nextTick(() => {
      const isLast = service === undefined || service.closeAfter();
      if (isLast || this.drain === 0) this.expected.delete(socket);
      this.expectsLess();
    });
  }

  /** A request that arrives after the stop is served if a part of its head had arrived before. */
  private serveLast(request: HttpServerRequest, response: HttpServerResponse): void {
    const { socket } = request;
    if (pipelineOf(socket)?.isClosing) request.resume();
    else {
      socket.setTimeout(this.server.timeout);
      this.begin(request, response)?.stopping(`${this.name} was stopped`);
    }
  }

  private begin(request: HttpServerRequest, response: HttpServerResponse): RequestService | undefined {
    const service = serveRequest(this.handler, request, response, this.serveOptions);
    if (service !== undefined) this.add(service);
    return service;
  }

  private answered(service: RequestService): void {
    const { request } = service;
    const { socket } = request;
    if (!request.complete && this.streams.has(socket)) this.streams.set(socket, request);
    // The headers of the answer may have promised to keep the connection open.
    if (this.isOver && service.isLast) closeGently(socket);
    this.ended(service);
  }

  /** Closes the idle connections. */
  private closeIdle(): void {
    const { newest, half } = this.survey();
    for (const stream of this.streams.keys()) if (!newest.has(stream) && !half.has(stream)) stream.destroy();
  }

  /** The newest unanswered request of each connection, and the connections with half a head. */
  private survey(): { newest: Map<Stream, RequestService>; half: Set<Stream> } {
    const newest = new Map<Stream, RequestService>();
    for (const job of this.allJobs) {
      const service = job as RequestService;
      newest.set(service.request.socket, service);
    }
    const half = halfReceived(this.server, (stream) => newest.get(stream)?.request ?? this.streams.get(stream));
    return { newest, half };
  }
}
