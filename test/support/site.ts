import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

export type Route = (request: IncomingMessage, response: ServerResponse) => void;

/** The answer of the route `/echo`. */
export interface Echo {
  method: string;
  headers: Record<string, string | undefined>;
  body: string;
}

/** Longer than anything on loopback takes, even on a busy machine. */
const LIMIT = 240_000;

/** How long a site must have no connection to count as deserted. */
const QUIET = 30;

/** A web site on loopback that records its requests and open connections. */
export class Site {
  readonly port: number;
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();
  private readonly routes = new Map<string, Route>();
  private readonly counts = new Map<string, number>();
  private readonly watchers = new Set<() => void>();

  static async open(): Promise<Site> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new Site(server);
  }

  private constructor(server: Server) {
    this.server = server;
    this.port = (server.address() as AddressInfo).port;
    server.on('connection', (socket) => {
      this.sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        this.sockets.delete(socket);
        this.changed();
      });
    });
    server.on('request', (request, response) => {
      const path = new URL(request.url ?? '/', 'http://site').pathname;
      this.counts.set(path, this.requests(path) + 1);
      (this.routes.get(path) ?? ROUTES[path] ?? missing)(request, response);
      this.changed();
    });
  }

  url(path: string): string {
    return `http://127.0.0.1:${this.port}${path}`;
  }

  /** Answers a path with a handler of the test. */
  on(path: string, route: Route): void {
    this.routes.set(path, route);
  }

  /** How many requests for a path have arrived. */
  requests(path: string): number {
    return this.counts.get(path) ?? 0;
  }

  get connections(): number {
    return this.sockets.size;
  }

  /** Waits until this many requests for a path have arrived. */
  arrived(path: string, count = 1): Promise<void> {
    return this.until(
      () => this.requests(path) >= count,
      () => `${this.requests(path)} of ${count} requests for ${path}`,
    );
  }

  /**
   * Waits until no connection is open, and checks that no new one follows, because clients replace aborted connections.
   */
  async deserted(): Promise<void> {
    do {
      await this.empty();
      await new Promise((resolve) => setTimeout(resolve, QUIET));
    } while (this.connections > 0);
  }

  private empty(): Promise<void> {
    return this.until(
      () => this.connections === 0,
      () => `${this.connections} connections are still open`,
    );
  }

  async close(): Promise<void> {
    this.server.close();
    this.server.closeAllConnections();
    for (const socket of this.sockets) socket.destroy();
    await this.empty();
  }

  private changed(): void {
    for (const watcher of this.watchers) watcher();
  }

  private until(reached: () => boolean, state: () => string): Promise<void> {
    return new Promise((resolve, reject) => {
      const limit = setTimeout(() => end(() => reject(new Error(`after ${LIMIT} ms: ${state()}`))), LIMIT);
      const end = (settle: () => void): void => {
        this.watchers.delete(look);
        clearTimeout(limit);
        settle();
      };
      const look = (): void => {
        if (reached()) end(resolve);
      };
      this.watchers.add(look);
      look();
    });
  }
}

const ROUTES: Readonly<Record<string, Route>> = {
  '/text': (_, response) => response.end('hello'),
  '/json': (_, response) => response.end('{"answer":42}'),
  '/form': (_, response) => {
    response.setHeader('content-type', 'application/x-www-form-urlencoded');
    response.end('a=1&b=two');
  },
  '/status': (_, response) => response.writeHead(404).end('nothing here'),
  '/empty': (_, response) => response.writeHead(204).end(),
  /** Never answers. */
  '/hang': () => {},
  /** Sends the headers, and never the body. */
  '/headers': (_, response) => response.writeHead(200, { 'content-length': '1000' }).flushHeaders(),
  /** Sends a piece of the body, and never the rest. */
  '/half': (_, response) => response.writeHead(200, { 'content-length': '1000' }).write('x'.repeat(10)),
  '/echo': echo,
  '/301': (_, response) => response.writeHead(301, { location: '/text' }).end(),
  '/307': (request, response) => {
    request.resume();
    response.writeHead(307, { location: '/echo' }).end();
  },
  '/loop': (_, response) => response.writeHead(302, { location: '/loop' }).end(),
};

function missing(_: IncomingMessage, response: ServerResponse): void {
  response.writeHead(500).end('the site has no such path');
}

function echo(request: IncomingMessage, response: ServerResponse): void {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const { method, headers } = request;
    response.end(JSON.stringify({ method, headers, body: Buffer.concat(chunks).toString() }));
  });
}
