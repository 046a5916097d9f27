// The crawler on all cores: this thread keeps the frontier, and a pool of threads loads and reads the pages.

import { createHash } from 'node:crypto';
import { forEach, JoinableQueue, nursery, run } from 'greenhub';
import { request } from 'greenhub/net';
import * as mp from 'greenhub/process';
import { linksOf, startSite } from './site.ts';

// Another thread imports this module and calls the function by its name.
export const visit = mp.remote(import.meta.url, 'visit', function* (url: string) {
  const { body } = yield* request(url);
  const html = yield* body.text();
  return { links: linksOf(html), hash: createHash('sha256').update(html).digest('hex').slice(0, 8) };
});

function* crawl(address: string, pool: mp.ThreadPool) {
  const frontier = new JoinableQueue<string>();
  const hashes = new Map<string, string>();
  function add(path: string) {
    if (hashes.has(path)) return;
    hashes.set(path, '');
    frontier.putNowait(path);
  }
  function* work() {
    yield* forEach(frontier, function* (path) {
      const { links, hash } = yield* pool.apply(visit, [address + path]);
      hashes.set(path, hash);
      links.forEach(add);
      frontier.taskDone();
    });
  }

  add('/');
  yield* nursery(function* (n) {
    for (let i = 0; i < 2 * pool.size; i += 1) n.spawn(work);
    yield* frontier.join();
    frontier.shutdown();
  });
  return hashes;
}

if (mp.isMainProcess) {
  await run(function* main() {
    const { address, server } = yield* startSite();
    const pool = new mp.ThreadPool(mp.cpuCount(), { concurrency: 10 });
    const hashes = yield* crawl(address, pool);
    for (const [path, hash] of [...hashes].sort()) console.log(hash, path);
    yield* pool.terminate();
    yield* server.stop();
  });
}
