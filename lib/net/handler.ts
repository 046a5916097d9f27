import type { ServerResponse } from 'node:http';
import { GreenletExit } from '../greenlet/errors.ts';
import type { Coroutine } from '../greenlet/operation.ts';
import { checkedFunction } from '../hub/checks/checks.ts';
import type { Settled } from '../hub/parking/body.ts';
// The index sets up how operations are awaited, and a program may import only this entry point.
import { spawn } from '../hub/tasks/spawn.ts';
import { type Client, clientOf } from './client.ts';

/** nginx's status for a request whose client has disconnected. No client receives it. */
const CLIENT_CLOSED_REQUEST = 499;

/**
 * Turns a `function*` into a handler or middleware of express, fastify, koa or hono, or of any other framework that
 * passes Node's request and response, or a web `Request`.
 *
 * * Each request runs the body in its own greenlet, with the arguments and the `this` of the framework. The framework
 *   gets the return value.
 * * Errors go to the framework's own error handling.
 * * If the client disconnects before it has the answer, the greenlet is killed and its `finally` blocks run. The
 *   framework does not see an error; hono gets an empty response with status 499.
 *
 * @param body usually a `function*`. Declare the types of its parameters, or the type of the framework's handler:
 *   `handler<RequestHandler>(function* (request, response) { … })`
 * @returns a function that returns a promise, which settles when the greenlet has ended. It rejects with a TypeError if
 *   the arguments contain no request
 * @throws TypeError if `body` is not a function
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

/** The result for the framework if the client has disconnected. */
function nothing({ wantsResponse }: Client): Response | undefined {
  return wantsResponse ? new Response(null, { status: CLIENT_CLOSED_REQUEST }) : undefined;
}

/** `next` of express and the like. Old versions ignore promises. */
function errorCallback(args: readonly unknown[]): ((error: unknown) => void) | undefined {
  const [, response, next] = args as [unknown, Partial<ServerResponse> | undefined, unknown];
  return typeof next === 'function' && typeof response?.writeHead === 'function' ? (next as () => void) : undefined;
}
