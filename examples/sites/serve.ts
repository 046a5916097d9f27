// Serves the three small sites beside this file on loopback, each slow in its own way, so that the examples work
// without a network.

import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
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

/** Starts all three on free ports and gives their addresses; `close()` ends them. */
export async function serveSites(): Promise<{ urls: string[]; close(): void }> {
  const sites = Object.entries(latencies).map(([name, latency]) => site(join(import.meta.dirname, name), latency));
  await Promise.all(sites.map((server) => once(server.listen(0, '127.0.0.1'), 'listening')));
  return {
    urls: sites.map((server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}/`),
    close() {
      for (const server of sites) {
        server.close();
        server.closeAllConnections();
      }
    },
  };
}

function site(folder: string, latency: number) {
  return createServer(async (request, response) => {
    await delay(latency);
    try {
      // A URL's pathname has no ".." left in it, so it cannot lead out of the folder.
      const { pathname } = new URL(request.url ?? '/', 'http://127.0.0.1');
      const file = join(folder, pathname.endsWith('/') ? `${pathname}index.html` : pathname);
      const content = await readFile(file);
      response.setHeader('content-type', contentTypes[extname(file)] ?? 'application/octet-stream');
      response.end(content);
    } catch {
      response.writeHead(404, { 'content-type': 'text/plain' }).end('There is no such page.\n');
    }
  });
}
