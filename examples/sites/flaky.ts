// Serves the sites beside this file with failures: before a page is served, there may be a 503, a 429 with
// Retry-After, a reset connection, or a response that stalls. A seed determines the failures of each page, so
// they are the same in every run, in whatever order the pages are requested.

import { readdirSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { answer, listen } from './serve.ts';

const SEED = 7;

/** At most this many requests for a page fail; later ones succeed. */
const MOST_MISHAPS = 3;

const mishaps: Record<string, (request: IncomingMessage, response: ServerResponse) => void> = {
  overloaded: (_, response) => response.writeHead(503).end('We are a little busy.\n'),
  tooMany: (_, response) => response.writeHead(429, { 'retry-after': '1' }).end('Not so fast.\n'),
  reset: (request) => request.socket.resetAndDestroy(),
  stalled: (_, response) => response.writeHead(200, { 'content-length': 1000 }).write('<title>This page never'),
};

/** Starts the three sites on free ports and returns the addresses of all their pages; `close()` stops them. */
export async function serveFlakySites(): Promise<{ urls: string[]; close(): void }> {
  const random = seeded(SEED);
  const sites = ['harbour', 'orchard', 'observatory'].map((name) => ({ name, pages: pagesOf(name) }));
  const { urls, close } = await listen(sites.map(({ name, pages }) => flakySite(name, pages, random)));
  return { urls: sites.flatMap(({ pages }, n) => pages.map((page) => new URL(page, urls[n]).href)), close };
}

function pagesOf(site: string): string[] {
  const files = readdirSync(join(import.meta.dirname, site), { recursive: true, encoding: 'utf8' });
  const pages = files.filter((file) => file.endsWith('.html')).map((file) => `/${file.replaceAll('\\', '/')}`);
  return pages.sort();
}

function flakySite(name: string, pages: string[], random: () => number) {
  // Half of the requests succeed.
  const choices = Object.values(mishaps).flatMap((mishap) => [mishap, undefined]);
  const draw = () => choices[Math.floor(random() * choices.length)];
  const plans = new Map(pages.map((page) => [page, Array.from({ length: MOST_MISHAPS }, draw)]));
  return createServer((request, response) => {
    const mishap = plans.get(request.url ?? '')?.shift();
    if (mishap === undefined) void answer(name, request, response);
    else mishap(request, response);
  });
}

/** Seeded random numbers from 0 to 1 (the mulberry32 generator). */
function seeded(seed: number) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
