// Every core, and many requests at once on each: a pool of one process for each core, with 100 greenlets in each process.
// Each greenlet fetches a page of a site on loopback and hashes it. While it waits for its page, others hash theirs.
// Run: npm run example cpu-and-io -- --pages 400

import { pbkdf2Sync } from 'node:crypto';
import { run, sleep } from 'greenhub';
import { HttpServer, type HttpServerRequest, type HttpServerResponse, request } from 'greenhub/net';
import * as mp from 'greenhub/process';
import { readArguments, wholeNumber } from './support/arguments.ts';

const GREENLETS = 100;

export const hashPage = mp.remote(import.meta.url, 'hashPage', function* hashPage(url: string) {
  const response = yield* request(url);
  const page = yield* response.body.text();
  const hash = pbkdf2Sync(page, 'salt', 1_000, 16, 'sha256').toString('hex');
  return { page: page.trim(), hash, pid: process.pid };
});

if (mp.isMainProcess) {
  const usage = `Usage: npm run example cpu-and-io -- [options]
  --pages <n>  number of pages to fetch and hash (400)`;
  const { values } = readArguments({ options: { pages: { type: 'string', default: '400' } } }, usage);
  const pages = wholeNumber('--pages', values.pages, usage);

  run(function* main() {
    const site = new Site();
    const server = new HttpServer({ port: 0, host: '127.0.0.1' }, site.answer, { pool: 10_000 });
    yield* server.start();
    const pool = new mp.ProcessPool(mp.cpuCount(), { concurrency: GREENLETS });
    try {
      const urls = Array.from({ length: pages }, (_, n) => `http://127.0.0.1:${server.port}/page-${n + 1}`);
      const results = yield* pool.map(hashPage, urls);
      const pids = new Set(results.map(({ pid }) => pid));
      const { page, hash } = results[0]!;
      console.log(`${page}: ${hash}`);
      console.log(`${results.length} pages hashed by ${pids.size} of ${pool.size} processes`);
      console.log(`the site had up to ${site.most} requests at once`);
    } finally {
      yield* pool.terminate();
      yield* server.stop();
    }
  });
}

/** A site that takes its time. */
class Site {
  most = 0;
  private present = 0;

  answer = function* (this: Site, asked: HttpServerRequest, response: HttpServerResponse) {
    this.present += 1;
    this.most = Math.max(this.most, this.present);
    yield* sleep(200);
    this.present -= 1;
    response.end(`this is ${asked.url}\n`);
  }.bind(this);
}
