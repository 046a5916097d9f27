import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import { GreenletExit, isA } from '../greenlet/errors.ts';
import { getHub } from '../hub/loop/hub.ts';
import { spawn } from '../hub/tasks/greenlet.ts';
import type { Pool } from '../pool/pool.ts';
import { SocketClosedError } from './errors.ts';
import { Job } from './job.ts';
import { openPipeline, pipelineOf } from './pipeline.ts';
import { transportOf } from './transport.ts';

/** Serves one request: usually a function*. The response is ended when it has ended. */
export type RequestHandler<Request extends IncomingMessage, Response extends ServerResponse> = (
  request: Request,
  response: Response,
) => unknown;

export interface ServeRequestOptions {
  /** What the handler runs in; in no pool unless given. */
  pool?: Pool | null;
  /** Called when the handler has ended and the kernel has taken the response, or the client has gone. */
  ended?: ((service: RequestService) => void) | undefined;
}

/**
 * Runs a handler for a request of any server of Node's, in a greenlet.
 *
 * * When it has ended, the response is ended, unless something is piped into it.
 * * What it throws is reported, once, by `hub.handleError`, and answered with 500; where headers were sent before,
 *   the connection is cut, so that the client can tell.
 * * When the client goes away before it has the response, the handler is killed. An error that this makes
 *   at the request or the response is no failure of the handler.
 * * Killed otherwise, it is answered with 503 in the same way.
 * * No handler runs behind an answer that closes its connection: its own answer would reach nobody.
 *
 * @returns undefined when the request is not served because its connection is about to be closed
 */
export function serveRequest<Request extends IncomingMessage, Response extends ServerResponse>(
  handler: RequestHandler<Request, Response>,
  request: Request,
  response: Response,
  options: ServeRequestOptions = {},
): RequestService | undefined {
  // Nobody would get its answer. Over TLS, requests still come from a connection that was destroyed.
  const { socket } = request;
  if (socket.destroyed || socket.writableEnded || (response.socket === null && pipelineOf(socket)?.isClosing)) {
    request.resume();
    return undefined;
  }
  const served = handler as RequestHandler<IncomingMessage, ServerResponse>;
  return getHub().gather(() => new RequestService(served, request, response, options));
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
  response.writeHead(status, { 'content-type': 'text/plain' });
  response.end(`${STATUS_CODES[status]}\n`);
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
    // Node does not tell an answer that waits for earlier ones when its connection breaks.
    this.isQueued = response.socket === null;
    if (this.isQueued) openPipeline(request.socket).add(this);
  }

  /** The kernel has taken the response, or nobody gets it any more. */
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
    // Taken, it is not reported.
    if (greenlet.exception !== null && this.isOfTheConnection(greenlet.exception)) greenlet.taken = true;
    try {
      if (!greenlet.successful()) refuse(response, isA(greenlet.exception, GreenletExit) ? 503 : 500, this.isLast);
      else if (!response.writableEnded && !isPipedInto(response)) response.end();
      this.dropRest();
    } catch (error) {
      // Headers that Node will not send, say. Nobody is there to catch it.
      response.destroy();
      getHub().tell(greenlet, error);
    }
    if (this.isClosed) this.ended?.(this);
  }

  /** True if no other request of its connection is behind it. */
  get isLast(): boolean {
    if (this.isFollowed) return false;
    const newest = pipelineOf(this.request.socket)?.newest ?? null;
    return newest === null || newest === this;
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

  /** What the client still sends would hold up the next request of the connection: Node drops only what nobody has begun to read. */
  private dropRest(): void {
    const { request } = this;
    if (request.readableEnded || request.destroyed || request.readableFlowing === null) return;
    const transport = transportOf(request);
    // Another greenlet may still read it, or a pipe.
    if (!transport.reads.isTakenOver && transport.reads.readers.first === null) request.on('data', () => {}).resume();
  }
}

/** Node tells it in no other way: each pipe listens to that. */
function isPipedInto(response: ServerResponse): boolean {
  return response.listenerCount('unpipe') > 0;
}
