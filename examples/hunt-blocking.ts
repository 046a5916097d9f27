// A server with a fault, to find as docs/hunts.md does: now and then, each of its answers takes half a second.
// Run: npx greenhub run examples/hunt-blocking.ts

import { run, shield, sleep, spawn } from 'greenhub';
import { HttpServer, type HttpServerRequest, type HttpServerResponse, request } from 'greenhub/net';
import * as mp from 'greenhub/process';
import { readArguments } from './support/arguments.ts';

const LENGTH = 12_000;

/** How many characters to insert, remove or replace to get from one text to the other. */
export const distance = mp.remote(import.meta.url, 'distance', function distance(from: string, to: string) {
  let row = Array.from({ length: to.length + 1 }, (_, n) => n);
  for (let n = 1; n <= from.length; n += 1) {
    const next = [n];
    for (let m = 1; m <= to.length; m += 1) {
      const replaced = row[m - 1]! + (from[n - 1] === to[m - 1] ? 0 : 1);
      next.push(Math.min(replaced, row[m]! + 1, next[m - 1]! + 1));
    }
    row = next;
  }
  return row[to.length]!;
});

if (mp.isMainProcess) {
  const usage = `Usage: npm run example hunt-blocking -- [options]
  --mended  without the fault (with it)`;
  const { values } = readArguments({ options: { mended: { type: 'boolean' } } }, usage);

  const draft = 'a draft of some text '.repeat(LENGTH / 21);
  const text = 'another text of the kind '.repeat(LENGTH / 25);
  const server = new HttpServer({ port: 0, host: '127.0.0.1' }, answer, { pool: 100 });

  run(function* main() {
    yield* server.start();
    spawn(visit);
    try {
      yield* probe();
    } finally {
      yield* shield(server.stop({ timeout: 0 })); // after Ctrl-C
    }
  });

  function* answer(asked: HttpServerRequest, response: HttpServerResponse) {
    if (asked.url === '/compare') response.end(`${yield* compare()} changes`);
    else response.end('well');
  }

  function* compare() {
    return values.mended ? yield* mp.offload(distance, draft, text) : distance(draft, text);
  }

  /** A visitor compares the texts now and then. */
  function* visit() {
    for (;;) {
      yield* sleep(1_000);
      yield* get('/compare');
      console.log('compared');
    }
  }

  /** Reports when an answer that needs no work takes long. */
  function* probe() {
    for (;;) {
      yield* sleep(50);
      const before = performance.now();
      yield* get('/health');
      const ms = Math.round(performance.now() - before);
      if (ms > 100) console.log(`/health took ${ms} ms`);
    }
  }

  function* get(path: string) {
    const { body } = yield* request(`http://127.0.0.1:${server.port}${path}`);
    return yield* body.text();
  }
}
