/** `handler()` in web frameworks, over loopback and without any patch. */
import { once } from 'node:events';
import { createServer, get, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { setImmediate as turn } from 'node:timers/promises';
import { createAdaptorServer } from '@hono/node-server';
import express, { type NextFunction, type Request, type RequestHandler, type Response } from 'express';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { type Context, Hono, type Next } from 'hono';
import Koa, { type Context as KoaContext, type Next as KoaNext, type Middleware } from 'koa';
import * as assert from 'uvu/assert';
import { Barrier, type Coroutine, Event, sleep, until } from '../../lib/index.ts';
import { handler } from '../../lib/net/index.ts';
import { suite, type Test } from '../support/harness.ts';
import { limited } from './library.ts';

const all = suite('frameworks');
const test: Test & { run(): void } = Object.assign(
  (name: string, body: Parameters<typeof all>[1]) => all(name, (context) => limited(body(context))),
  { run: () => all.run() },
);

/** The request and answer of a body in these tests. */
type Body = (path: string) => Coroutine<string>;

interface Framework {
  readonly name: string;
  /**
   * Serves a body at every path. Errors are answered with 418 and their message, by the error handling of the
   * framework.
   *
   * @param around called when the framework learns that a request is over, even if its client has disconnected
   */
  serve(body: Body, around: (outcome: string) => void): Promise<Server>;
}

async function listening(server: Server): Promise<Server> {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return server;
}

const frameworks: Framework[] = [
  {
    name: 'express',
    serve(body, around) {
      const app = express();
      app.use((_request: Request, response: Response, next: NextFunction) => {
        response.on('close', () => around('over'));
        next();
      });
      app.get(
        '/:path',
        handler(function* (request: Request, response: Response) {
          response.send(yield* body(String(request.params.path)));
        }),
      );
      app.use((error: Error, _request: Request, response: Response, _next: NextFunction) => {
        response.status(418).send(error.message);
      });
      return listening(createServer(app));
    },
  },
  {
    name: 'fastify',
    async serve(body, around) {
      const app = fastify();
      app.addHook('onRequestAbort', (_request, done) => {
        around('over');
        done();
      });
      app.get(
        '/:path',
        handler(function* (this: FastifyInstance, request: FastifyRequest, reply: FastifyReply) {
          assert.is(this.server, app.server);
          reply.header('x-tested', 'yes');
          return yield* body((request.params as { path: string }).path);
        }),
      );
      app.setErrorHandler((error: Error, _request, reply) => reply.status(418).send(error.message));
      await app.listen({ port: 0, host: '127.0.0.1' });
      return app.server;
    },
  },
  {
    name: 'koa',
    serve(body, around) {
      const app = new Koa();
      app.use(async (context, next) => {
        try {
          await next();
        } catch (error) {
          context.status = 418;
          context.body = (error as Error).message;
        } finally {
          around('over');
        }
      });
      app.use(
        handler(function* (context: KoaContext) {
          context.body = yield* body(context.path.slice(1));
        }),
      );
      return listening(createServer(app.callback()));
    },
  },
  {
    name: 'hono',
    serve(body, around) {
      const app = new Hono();
      app.use(async (_context, next) => {
        await next();
        around('over');
      });
      app.get(
        '/:path',
        handler(function* (context: Context) {
          return context.text(yield* body(context.req.param('path') as string));
        }),
      );
      app.onError((error, context) => context.text(error.message, 418));
      return listening(createAdaptorServer({ fetch: app.fetch }) as Server);
    },
  },
  {
    name: 'node:http',
    serve(body, around) {
      const serve = handler(function* (request, response) {
        response.end(yield* body((request.url ?? '').slice(1)));
      } as (...args: Parameters<RequestListener>) => Coroutine<void>);
      return listening(
        createServer((request, response) => {
          response.on('close', () => around('over'));
          serve(request, response).catch((error) => {
            response.writeHead(418).end(error.message);
          });
        }),
      );
    },
  },
];

async function answerAt(server: Server, path: string): Promise<string> {
  const { port } = server.address() as AddressInfo;
  const [answer] = await once(get({ port, host: '127.0.0.1', path: `/${path}`, agent: false }), 'response');
  return `${answer.statusCode} ${await text(answer)}`;
}

async function closing(server: Server): Promise<void> {
  const gone = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await gone;
}

for (const { name, serve } of frameworks) {
  /** Adds a test with a server of the framework. */
  function served(title: string, body: Body, visit: (server: Server, outcomes: string[]) => Promise<void>): void {
    test(`${name}: ${title}`, async () => {
      const outcomes: string[] = [];
      const server = await serve(body, (outcome) => outcomes.push(outcome));
      try {
        await visit(server, outcomes);
      } finally {
        await closing(server);
        await turn();
      }
    });
  }

  served(
    'a handler blocks and answers',
    function* (path) {
      yield* sleep(0);
      yield* until(Promise.resolve());
      return `this is ${path}`;
    },
    async (server) => {
      assert.is(await answerAt(server, 'one'), '200 this is one');
      assert.is(await answerAt(server, 'two'), '200 this is two');
    },
  );

  served(
    'an error goes to the error handling of the framework',
    function* (path) {
      yield* sleep(0);
      throw new Error(`no ${path}`);
    },
    async (server) => assert.is(await answerAt(server, 'luck'), '418 no luck'),
  );

  const begun = new Event();
  const ended = new Event();
  served(
    'a handler is killed when its client goes away, and its cleanup runs',
    function* () {
      try {
        begun.set();
        yield* sleep(Infinity);
      } finally {
        ended.set();
      }
      return 'not reached';
    },
    async (server, outcomes) => {
      const { port } = server.address() as AddressInfo;
      const request = get({ port, host: '127.0.0.1', path: '/wait', agent: false });
      request.on('error', () => {});
      await begun.wait();
      request.destroy();
      await ended.wait();
      while (outcomes.length === 0) await turn();
      assert.equal(outcomes, ['over']);
    },
  );

  const barrier = new Barrier(100);
  served(
    'a hundred are served at once',
    function* (path) {
      yield* barrier.wait();
      return path;
    },
    async (server) => {
      const paths = Array.from({ length: 100 }, (_, id) => `p${id}`);
      const answers = await Promise.all(paths.map((path) => answerAt(server, path)));
      assert.equal(
        answers,
        paths.map((path) => `200 ${path}`),
      );
    },
  );
}

test('middleware of koa and hono waits for the middleware behind it', async () => {
  const order: string[] = [];
  const koa = new Koa();
  koa.use(
    handler<Middleware>(function* (_context, next) {
      order.push('before');
      yield* until(next());
      order.push('after');
    }),
  );
  koa.use(
    handler(function* (context: KoaContext, _next: KoaNext) {
      yield* sleep(0);
      order.push('koa');
      context.body = 'koa';
    }),
  );
  const hono = new Hono();
  hono.use(
    handler(function* (_context: Context, next: Next) {
      order.push('before');
      yield* until(next());
      order.push('after');
    }),
  );
  hono.get(
    '/',
    handler(function* (context: Context) {
      yield* sleep(0);
      order.push('hono');
      return context.text('hono');
    }),
  );
  for (const [server, name] of [
    [createServer(koa.callback()), 'koa'],
    [createAdaptorServer({ fetch: hono.fetch }) as Server, 'hono'],
  ] as const) {
    await listening(server);
    assert.is(await answerAt(server, ''), `200 ${name}`);
    assert.equal(order.splice(0), ['before', name, 'after']);
    await closing(server);
  }
});

test('middleware of express and a hook of fastify pass the request on when they are done', async () => {
  const app = express();
  app.use(
    handler<RequestHandler>(function* (_request, response, next) {
      yield* sleep(0);
      response.setHeader('x-seen', 'yes');
      next();
    }),
  );
  app.get('/', (_request: Request, response: Response) => {
    response.send(String(response.getHeader('x-seen')));
  });
  const server = await listening(createServer(app));
  assert.is(await answerAt(server, ''), '200 yes');
  await closing(server);

  const other = fastify();
  other.addHook(
    'onRequest',
    handler(function* (_request: FastifyRequest, reply: FastifyReply) {
      yield* sleep(0);
      reply.header('x-seen', 'yes');
    }),
  );
  other.get('/', async (_request, reply) => String(reply.getHeader('x-seen')));
  await other.listen({ port: 0, host: '127.0.0.1' });
  assert.is(await answerAt(other.server, ''), '200 yes');
  await other.close();
});

test('fastify.inject() and hono.request(), which have no client, are served', async () => {
  const app = fastify();
  app.get(
    '/',
    handler(function* () {
      yield* sleep(0);
      return 'injected';
    } as (request: FastifyRequest) => Coroutine<string>),
  );
  assert.is((await app.inject('/')).payload, 'injected');
  await app.close();
  const hono = new Hono();
  hono.get(
    '/',
    handler(function* (context: Context) {
      yield* sleep(0);
      return context.text('requested');
    }),
  );
  assert.is(await (await hono.request('/')).text(), 'requested');
});

test.run();
