// A small website on loopback, for the last steps of the tutorial: pages that link to each other.

import { HttpServer } from 'greenhub/net';

const pages: Record<string, string[]> = {
  '/': ['/trees', '/birds'],
  '/trees': ['/', '/oak', '/pine'],
  '/birds': ['/', '/owl', '/dodo'],
  '/oak': ['/trees', '/owl'],
  '/pine': ['/trees'],
  '/owl': ['/birds', '/oak'],
};

/** Starts the site. The address has no slash at its end. */
export function* startSite() {
  const server = new HttpServer({ port: 0, host: '127.0.0.1' }, (request, response) => {
    const links = pages[request.url ?? ''];
    if (links === undefined) response.writeHead(404).end('There is no such page.');
    else response.end(links.map((link) => `<a href="${link}">${link}</a>\n`).join(''));
  });
  yield* server.start();
  return { address: `http://127.0.0.1:${server.port}`, server };
}

/** The paths that a page links to. */
export function linksOf(html: string): string[] {
  return [...html.matchAll(/href="([^"]+)"/g)].map(([, path = '']) => path);
}
