import type { ServerResponse } from 'node:http';
import { openPipeline, pipelineOf } from './pipeline.ts';

/** The client of a request, as far as it waits for the answer. */
export interface Client {
  /** True when it has gone before it got the answer. */
  readonly isGone: boolean;
  /** True when the handler answers by what it returns, with a `Response` of the web. */
  readonly wantsResponse: boolean;
  /**
   * Has a function called when it goes away before it has the answer.
   *
   * @returns what takes that back
   */
  whenGone(callback: () => void): () => void;
}

/**
 * The client of the request that a web framework calls a handler for.
 *
 * @param args what the framework calls with
 * @throws TypeError when there is no request in them
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

/** The one that Node sends the answer with: express has it as `response`, fastify as `reply.raw`, koa as `context.res`. */
function nodeResponseOf([first, second]: readonly unknown[]): ServerResponse | undefined {
  const { raw } = Object(second) as { raw?: unknown };
  const { res } = Object(first) as { res?: unknown };
  return [second, raw, res].find(isNodeResponse);
}

/** By its looks, as there are several classes: that of HTTP/2, and that of test tools. */
function isNodeResponse(value: unknown): value is ServerResponse {
  const { writeHead, once } = Object(value) as Partial<ServerResponse>;
  return typeof writeHead === 'function' && typeof once === 'function';
}

/** That of a `Request` of the web, which hono has as `context.req.raw`. */
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
    const closed = (): void => {
      if (!response.writableFinished) callback();
    };
    const queued = { closed };
    response.on('close', closed);
    // One that waits for those before it on its connection is not told when that breaks.
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
    this.signal.addEventListener('abort', callback);
    return () => this.signal.removeEventListener('abort', callback);
  }
}
