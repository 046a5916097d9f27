// A busy program to look at in the web console: a server, crawlers that ask it, a bounded queue that holds them back while a pool
// is slow, and a lock that all fight for. With a port it serves the console there, until Ctrl-C.
// Run: npm run example busy-server -- 9000, and open the address that it prints
// Without a port: a short run without the console, which ends.

import { forEach, joinall, Lock, nursery, Pool, Queue, run, shield, sleep } from 'greenhub';
import { serve } from 'greenhub/inspect';
import { HttpServer, type HttpServerRequest, type HttpServerResponse, request } from 'greenhub/net';
import { readPort } from './support/arguments.ts';
import { listening } from './support/listening.ts';

const CRAWLERS = 12;
const PAGES = 200;

const port = readPort('a short run, which ends');
const server = new HttpServer({ port: 0, host: '127.0.0.1' }, answer, { pool: 100 });
const frontier = new Queue<number>(50);
const images = new Queue<string>(20);
const painters = new Pool(4);
const ledger = new Lock();
const entries: string[] = [];
// The console and messages show these names.
frontier.name = 'frontier';
images.name = 'images';
painters.name = 'painters';
ledger.name = 'ledger';

run(function* main() {
  if (port !== undefined) {
    const { url } = yield* listening(serve({ port }), port);
    console.log(`open ${url}`);
  }
  yield* server.start();
  try {
    // Ctrl-C kills all of them.
    const painted = yield* nursery(function* (work) {
      work.spawn(list, port === undefined ? PAGES : Infinity);
      const painting = work.spawn(paintAll);
      yield* joinall(Array.from({ length: CRAWLERS }, () => work.spawn(crawl)));
      images.shutdown();
      return yield* painting;
    });
    console.log(`${PAGES} pages crawled, ${painted} images painted, ${entries.length} entries in the ledger`);
  } finally {
    yield* shield(server.stop({ timeout: 0 }));
  }
});

/** Waits while the frontier is full. */
function* list(pages: number) {
  for (let page = 1; page <= pages; page += 1) yield* frontier.put(page);
  frontier.shutdown();
}

function* crawl() {
  yield* forEach(frontier, function* (page) {
    const response = yield* request(`http://127.0.0.1:${server.port}/${page}`);
    yield* images.put(yield* response.body.text()); // waits while the painters are behind
    yield* enter(`crawled ${page}`);
  });
}

/** Reads ahead only as far as the pool has room. */
function* paintAll() {
  let painted = 0;
  yield* forEach(painters.imapUnordered(paint, images), () => {
    painted += 1;
  });
  return painted;
}

function* paint(image: string) {
  yield* sleep(4 + (image.length % 5));
  yield* enter(`painted ${image}`);
}

/** One greenlet at a time writes into the ledger. */
function* enter(entry: string) {
  using _ = yield* ledger.hold();
  yield* sleep(1);
  entries.push(entry);
  if (entries.length > 2 * PAGES) entries.shift();
}

function* answer(asked: HttpServerRequest, response: HttpServerResponse) {
  yield* sleep(5);
  response.end(`image ${asked.url}`);
}
