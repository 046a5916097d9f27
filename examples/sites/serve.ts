// Serves the three small sites beside this file on loopback, each with its own delay, so that the examples work
// without a network.

import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** How long each site takes to answer, in milliseconds. */
const latencies = { harbour: 150, orchard: 280, observatory: 400 };

const contentTypes: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
};

/** Starts all three on free ports and returns their addresses; `close()` stops them. */
export async function serveSites(): Promise<{ urls: string[]; close(): void }> {
  return listen(Object.entries(latencies).map(([name, latency]) => site(name, latency)));
}

/** Makes servers listen on free ports and returns their addresses; `close()` stops them. */
export async function listen(servers: Server[]): Promise<{ urls: string[]; close(): void }> {
  await Promise.all(servers.map((server) => once(server.listen(0, '127.0.0.1'), 'listening')));
  return {
    urls: servers.map((server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}/`),
    close() {
      for (const server of servers) {
        server.close();
        server.closeAllConnections();
      }
    },
  };
}

/** Answers with the site's file at the request's path. */
export async function answer(site: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    // The pathname of a parsed URL contains no "..", so it cannot leave the folder.
    const { pathname } = new URL(request.url ?? '/', 'http://127.0.0.1');
    const file = join(import.meta.dirname, site, pathname.endsWith('/') ? `${pathname}index.html` : pathname);
    const content = await readFile(file);
    response.setHeader('content-type', contentTypes[extname(file)] ?? 'application/octet-stream');
    response.end(content);
  } catch {
    response.writeHead(404, { 'content-type': 'text/plain' }).end('There is no such page.\n');
  }
}

function site(name: string, latency: number) {
  return createServer(async (request, response) => {
    await delay(latency);
    await answer(name, request, response);
  });
}
