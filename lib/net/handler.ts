import type { ServerResponse } from 'node:http';
import { GreenletExit } from '../greenlet/errors.ts';
import type { Coroutine } from '../greenlet/operation.ts';
import type { Settled } from '../hub/body.ts';
import { checkedFunction } from '../hub/checks.ts';
// The index, because it sets up how operations are awaited: a program may import this entry point alone.
import { spawn } from '../hub/index.ts';
import { type Client, clientOf } from './client.ts';

/** nginx's status for an answer that nobody gets: its client has closed the request. */
const CLIENT_CLOSED_REQUEST = 499;

/**
 * Makes a handler or middleware of a web framework out of a `function*`: express, fastify, koa, hono, and everything else that
 * calls with Node's request and response, or with a `Request` of the web.
 *
 * * Each request runs the body in a greenlet of its own, with the arguments and the `this` of the framework. What it returns
 *   is what the framework gets.
 * * What it throws goes to the framework's own error handling.
 * * When the client goes away before it has the answer, the greenlet is killed, and its `finally` runs. The framework is told
 *   nothing of that; hono gets an empty response with status 499.
 *
 * @param body usually a `function*`. Say the types of its parameters, or that of the framework's handler:
 *   `handler<RequestHandler>(function* (request, response) { … })`
 * @returns a function that gives a promise, settled when the greenlet has ended. Called with arguments in which there is no request,
 *   it rejects with a TypeError
 * @throws TypeError when `body` is no function
 *
 * @example
 * app.get('/orders/:id', handler(function* (request: Request, response: Response) {
 *   response.json(yield* until(orders.find(request.params.id)));
 * }));
 */
export function handler<This, Args extends unknown[], R>(
  body: (this: This, ...args: Args) => R,
): (this: This, ...args: Args) => Promise<Settled<R>>;
export function handler<F extends (...args: never[]) => unknown>(
  body: (this: ThisParameterType<F>, ...args: Parameters<F>) => Coroutine<Awaited<ReturnType<F>>>,
): F;
export function handler(body: (...args: unknown[]) => unknown): (...args: unknown[]) => Promise<unknown> {
  checkedFunction(body, 'handler()');
  return function handle(this: unknown, ...args: unknown[]) {
    return serve(body, this, args);
  };
}

async function serve(body: (...args: unknown[]) => unknown, self: unknown, args: unknown[]): Promise<unknown> {
  const client = clientOf(args);
  if (client.isGone) return nothing(client);
  const greenlet = spawn(body.bind(self), ...args);
  greenlet.name = `${body.name || 'handler'}-${greenlet.id}`;
  const gone = new GreenletExit('the client has gone');
  const forget = client.whenGone(() => greenlet.kill({ reason: gone }));
  try {
    return await greenlet;
  } catch (error) {
    if (error === gone) return nothing(client);
    const next = errorCallback(args);
    if (next === undefined) throw error;
    next(error);
    return undefined;
  } finally {
    forget();
  }
}

/** What a framework gets whose client gets nothing. */
function nothing({ wantsResponse }: Client): Response | undefined {
  return wantsResponse ? new Response(null, { status: CLIENT_CLOSED_REQUEST }) : undefined;
}

/** `next` of express and its like, older ones of which do not look at promises. */
function errorCallback(args: readonly unknown[]): ((error: unknown) => void) | undefined {
  const [, response, next] = args as [unknown, Partial<ServerResponse> | undefined, unknown];
  return typeof next === 'function' && typeof response?.writeHead === 'function' ? (next as () => void) : undefined;
}
