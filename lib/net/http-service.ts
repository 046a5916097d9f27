import type { IncomingMessage, ServerResponse } from 'node:http';
import { GreenletExit, isA } from '../greenlet/errors.ts';
import { hub } from '../hub/loop/hub.ts';
import { spawn } from '../hub/tasks/spawn.ts';
import type { Pool } from '../pool/pool.ts';
import { SocketClosedError } from './errors.ts';
import { Job } from './job.ts';
import { http } from './nodes-modules.ts';
import { openPipeline, pipelineOf } from './pipeline.ts';
import { transportOf } from './transport.ts';

/** Serves one request; usually a function*. When it has ended, the response is ended. */
export type RequestHandler<Request extends IncomingMessage, Response extends ServerResponse> = (
  request: Request,
  response: Response,
) => unknown;

export interface ServeRequestOptions {
  /** The pool that runs the handler; none by default. */
  pool?: Pool | null;
  /** Called when the handler has ended and the kernel has taken the response or the client has disconnected. */
  ended?: ((service: RequestService) => void) | undefined;
}

/**
 * Runs a handler in a greenlet for a request of any of Node's servers.
 *
 * * When it has ended, the response is ended, unless something is piped into it.
 * * If it throws, `hub.handleError` reports the error once, and the client gets status 500. If the headers were already
 *   sent, the connection is closed instead, so that the client notices.
 * * If the client disconnects before it has the response, the handler is killed. Errors of the request or response that
 *   follow from this are not reported.
 * * If it is killed for another reason, the client gets status 503 in the same way.
 * * No handler runs after an answer that closes its connection, because no client would get its answer.
 *
 * @returns undefined if the request is not served because its connection is about to close
 */
export function serveRequest<Request extends IncomingMessage, Response extends ServerResponse>(
  handler: RequestHandler<Request, Response>,
  request: Request,
  response: Response,
  options: ServeRequestOptions = {},
): RequestService | undefined {
  // No client would get the answer. Over TLS, requests still arrive from a destroyed connection.
  const { socket } = request;
  if (socket.destroyed || socket.writableEnded || (response.socket === null && pipelineOf(socket)?.isClosing)) {
    request.resume();
    return undefined;
  }
  const served = handler as RequestHandler<IncomingMessage, ServerResponse>;
  return hub.gather(() => new RequestService(served, request, response, options));
}

/**
 * Answers a request that is not served. If headers were already sent, it cuts the connection.
 *
 * @param isLast whether it is the last answer of its connection
 */
export function refuse(response: ServerResponse, status: number, isLast = true): void {
  if (response.writableEnded || response.destroyed) return;
  if (response.headersSent) {
    response.destroy();
    return;
  }
  for (const name of response.getHeaderNames()) response.removeHeader(name);
  if (isLast) {
    response.setHeader('connection', 'close');
    openPipeline(response.req.socket).isClosing = true;
  }
  const reason = http.STATUS_CODES[status];
  // The handler may have set one of its own.
  response.writeHead(status, reason, { 'content-type': 'text/plain' });
  response.end(`${reason}\n`);
}

/** One request of a server. */
export class RequestService extends Job {
  readonly request: IncomingMessage;
  /** True once the next request of the connection has begun to arrive. */
  isFollowed: boolean;
  private readonly response: ServerResponse;
  private readonly ended: ((service: RequestService) => void) | undefined;
  private readonly isQueued: boolean;
  private isClosed: boolean;

  constructor(
    handler: RequestHandler<IncomingMessage, ServerResponse>,
    request: IncomingMessage,
    response: ServerResponse,
    { pool = null, ended }: ServeRequestOptions,
  ) {
    super(pool === null ? spawn(handler, request, response) : pool.spawn(handler, request, response));
    this.request = request;
    this.isFollowed = false;
    this.response = response;
    this.ended = ended;
    this.isClosed = false;
    response.on('close', () => this.closed());
    // Node does not notify an answer that waits for earlier ones when its connection breaks.
    this.isQueued = response.socket === null;
    if (this.isQueued) openPipeline(request.socket).add(this);
  }

  /** Called when the kernel has taken the response, or the client can no longer get it. */
  closed(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    if (this.isQueued) pipelineOf(this.request.socket)?.delete(this);
    if (this.greenlet.dead) this.ended?.(this);
    else if (!this.response.writableFinished) this.hangUp('the client has gone');
  }

  /** @internal */
  notify(): void {
    const { greenlet, response } = this;
    // Mark the error as taken, so that it is not reported.
    if (greenlet.exception !== null && this.isOfTheConnection(greenlet.exception)) greenlet.taken = true;
    try {
      if (!greenlet.successful()) refuse(response, isA(greenlet.exception, GreenletExit) ? 503 : 500, this.isLast);
      else if (!response.writableEnded && !isPipedInto(response)) response.end();
      this.dropRest();
    } catch (error) {
      // For example, headers that Node refuses to send. Nothing above would catch this.
      response.destroy();
      hub.tell(greenlet, error);
    }
    if (this.isClosed) this.ended?.(this);
  }

  /** True if no other request of its connection is behind it. */
  get isLast(): boolean {
    if (this.isFollowed) return false;
    const newest = pipelineOf(this.request.socket)?.newest ?? null;
    return newest === null || newest === this;
  }

  /**
   * Makes it the last request of its connection, if that is still possible.
   *
   * @returns false if another request is behind it, or if its headers promise to keep the connection open
   */
  closeAfter(): boolean {
    const { response } = this;
    if (!this.isLast) return false;
    if (response.headersSent) return !response.shouldKeepAlive;
    openPipeline(this.request.socket).isClosing = true;
    response.shouldKeepAlive = false;
    return true;
  }

  override stopping(because: string): void {
    if (this.isLast) {
      openPipeline(this.request.socket).isClosing = true;
      if (!this.response.headersSent) this.response.shouldKeepAlive = false;
    }
    super.stopping(because);
  }

  private isOfTheConnection(error: unknown): boolean {
    const { request, response } = this;
    if (response.writableFinished || !(this.isClosed || request.destroyed || response.destroyed)) return false;
    return isA(error, SocketClosedError) || error === request.errored || error === response.errored;
  }

  /**
   * Drops the rest of the request body, which would block the next request. Node drops only a body that was not begun.
   */
  private dropRest(): void {
    const { request } = this;
    if (request.readableEnded || request.destroyed || request.readableFlowing === null) return;
    const transport = transportOf(request);
    // Another greenlet or a pipe may still read it.
    if (!transport.reads.isTakenOver && transport.reads.readers.first === null) request.on('data', () => {}).resume();
  }
}

/** Each pipe listens to 'unpipe'. Node offers no other way to find out. */
function isPipedInto(response: ServerResponse): boolean {
  return response.listenerCount('unpipe') > 0;
}
