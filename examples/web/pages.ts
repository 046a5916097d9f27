import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { call, until } from 'greenhub';
import type { HttpHandler, HttpServerResponse } from 'greenhub/net';
import { bundle } from './bundle.ts';

const folder = join(import.meta.dirname, 'page');

/** The path of each file that is served as it is. */
const files = new Map([
  ['/', 'plain.html'],
  ['/react', 'react.html'],
  ['/styles.css', 'styles.css'],
]);

/** The path of each program that is bundled. */
const programs = new Map([
  ['/plain.js', 'plain.ts'],
  ['/react.js', 'react.tsx'],
]);

/** Serves the two pages. `search` answers their requests for `/search?q=…` with a list in JSON. */
export function pages(search: HttpHandler): HttpHandler {
  return function* answer(request, response) {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    const file = files.get(pathname);
    const program = programs.get(pathname);
    if (pathname === '/search') yield* call(search, request, response);
    else if (file !== undefined) reply(response, file, yield* until(readFile(join(folder, file))));
    else if (program !== undefined) reply(response, '.js', yield* until(bundle(join(folder, program))));
    else response.writeHead(404, { 'content-type': 'text/plain' }).end('There is no such page.\n');
  };
}

function reply(response: HttpServerResponse, file: string, content: string | Buffer): void {
  const [, type = ''] = /\.(\w+)$/.exec(file) ?? [];
  const media = type === 'js' ? 'javascript' : type;
  response.writeHead(200, { 'content-type': `text/${media}; charset=utf-8`, 'cache-control': 'no-store' }).end(content);
}
