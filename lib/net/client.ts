import { setMaxListeners } from 'node:events';
import type { ServerResponse } from 'node:http';
import { openPipeline, pipelineOf } from './pipeline.ts';

/** The client of a request, while it waits for the answer. */
export interface Client {
  /** True if it has disconnected before it got the answer. */
  readonly isGone: boolean;
  /** True if the handler answers by returning a web `Response`. */
  readonly wantsResponse: boolean;
  /**
   * Calls a function if the client disconnects before it has the answer.
   *
   * @returns a function that cancels this
   */
  whenGone(callback: () => void): () => void;
}

/**
 * The client of the request that a web framework passes to a handler.
 *
 * @param args the framework's arguments
 * @throws TypeError if they contain no request
 */
export function clientOf(args: readonly unknown[]): Client {
  const response = nodeResponseOf(args);
  if (response !== undefined) return new NodeClient(response);
  const signal = signalOf(args);
  if (signal !== undefined) return new WebClient(signal);
  throw new TypeError(
    'a handler() was called without a request: it serves (request, response), as express, fastify and node:http call it, ' +
      'and the contexts of koa and hono. Spawn a greenlet for anything else: spawn(fn, …)',
  );
}

/** Node's response object: `response` in express, `reply.raw` in fastify, `context.res` in koa. */
function nodeResponseOf([first, second]: readonly unknown[]): ServerResponse | undefined {
  const { raw } = Object(second) as { raw?: unknown };
  const { res } = Object(first) as { res?: unknown };
  return [second, raw, res].find(isNodeResponse);
}

/** By its shape, because there are several classes: HTTP/1, HTTP/2, and those of test tools. */
function isNodeResponse(value: unknown): value is ServerResponse {
  const { writeHead, once } = Object(value) as Partial<ServerResponse>;
  return typeof writeHead === 'function' && typeof once === 'function';
}

/** The signal of a web `Request`, which is `context.req.raw` in hono. */
function signalOf([first]: readonly unknown[]): AbortSignal | undefined {
  const { signal, req } = Object(first) as { signal?: unknown; req?: { raw?: { signal?: unknown } } };
  return [signal, req?.raw?.signal].find((value): value is AbortSignal => value instanceof AbortSignal);
}

class NodeClient implements Client {
  readonly wantsResponse = false;
  private readonly response: ServerResponse;

  constructor(response: ServerResponse) {
    this.response = response;
  }

  get isGone(): boolean {
    return this.response.destroyed && !this.response.writableFinished;
  }

  whenGone(callback: () => void): () => void {
    const { response } = this;
    // Handlers that call each other wait at the same time. Node would warn of a leak.
    response.setMaxListeners?.(0);
    const closed = (): void => {
      if (!response.writableFinished) callback();
    };
    const queued = { closed };
    response.on('close', closed);
    // Node does not notify an answer that waits for earlier ones when its connection breaks.
    const connection = response.socket === null ? response.req?.socket : undefined;
    if (connection) openPipeline(connection).add(queued);
    return () => {
      response.off('close', closed);
      if (connection) pipelineOf(connection)?.delete(queued);
    };
  }
}

class WebClient implements Client {
  readonly wantsResponse = true;
  private readonly signal: AbortSignal;

  constructor(signal: AbortSignal) {
    this.signal = signal;
  }

  get isGone(): boolean {
    return this.signal.aborted;
  }

  whenGone(callback: () => void): () => void {
    setMaxListeners(0, this.signal);
    this.signal.addEventListener('abort', callback);
    return () => this.signal.removeEventListener('abort', callback);
  }
}
