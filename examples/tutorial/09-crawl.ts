// A crawler: a queue of paths, and workers that take paths out and put new ones in.

import { forEach, JoinableQueue, nursery, run } from 'greenhub';
import { request } from 'greenhub/net';
import { linksOf, startSite } from './site.ts';

function* crawl(address: string, workers: number) {
  const frontier = new JoinableQueue<string>();
  const found = new Map<string, number>(); // the status of each page

  function add(path: string) {
    if (found.has(path)) return;
    found.set(path, 0);
    frontier.putNowait(path);
  }
  function* work() {
    yield* forEach(frontier, function* (path) {
      const { statusCode, body } = yield* request(address + path);
      found.set(path, statusCode);
      linksOf(yield* body.text()).forEach(add);
      frontier.taskDone();
    });
  }

  add('/');
  yield* nursery(function* (n) {
    for (let i = 0; i < workers; i += 1) n.spawn(work);
    yield* frontier.join(); // every page has been visited, so nobody can find another
    frontier.shutdown();
  });
  return found;
}

await run(function* main() {
  const { address, server } = yield* startSite();
  const found = yield* crawl(address, 3);
  for (const [path, status] of [...found].sort()) console.log(status, path);
  yield* server.stop();
});
