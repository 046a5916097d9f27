// A crawl by several processes: start.ts calls a task for each page that is found, and three processes of worker.ts run
// these tasks. On the way, one of them is killed by -9, and the others load its pages, so that each page is there once.
// That needs a Redis or Valkey server, in the environment variable REDIS_URL. Without one, the tasks run in this process.
// Run: REDIS_URL=redis://127.0.0.1:6379 npm run example distributed-crawl

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Coroutine, call, nursery, race, run, shield, spawn, until } from 'greenhub';
import { readArguments } from '../support/arguments.ts';
import { startProgress } from '../support/progress.ts';
import { Site } from './site.ts';
import { app, loadPage, type Page } from './tasks.ts';

const PAGES = 40;
/** The worker that loads this page first is killed. */
const FATAL = 13;

readArguments({}, 'Usage: npm run example distributed-crawl');

run(function* main() {
  const workers = app.isEmbedded ? [] : [1, 2, 3].map(() => new Worker());
  const site = new Site(PAGES, FATAL, new Set(workers.map(({ pid }) => pid)));
  yield* site.start();
  const killer = spawn(killOne, site, workers);
  try {
    console.log(
      app.isEmbedded ? 'REDIS_URL is not set: the tasks run in this process' : 'three processes run the tasks',
    );
    const crawling = call(crawl, site.url(1));
    const pages = yield* app.isEmbedded ? crawling : race([crawling, call(lost, workers)]);
    checkOnce(pages);
    const pids = new Set(pages.map(({ pid }) => pid));
    const processes = pids.size === 1 ? '1 process' : `${pids.size} processes`;
    console.log(`done: ${pages.length} pages, each once, by ${processes}; ${site.requests} requests`);
  } finally {
    yield* shield(function* () {
      yield* killer.kill();
      for (const worker of workers) yield* worker.stop();
      yield* site.stop();
      yield* app.close();
    });
  }
});

/** Calls the task for each page that it finds. The queue holds the calls until a worker is free. */
function* crawl(start: string) {
  const seen = new Set<string>();
  const pages: Page[] = [];
  const progress = startProgress('pages');
  try {
    yield* nursery(function* (calls) {
      function* visit(url: string): Coroutine<void> {
        const page = yield* loadPage.call(url);
        pages.push(page);
        progress.step(pages.length, seen.size, `${url} by process ${page.pid}`);
        page.links.forEach(add);
      }
      function add(url: string) {
        if (seen.has(url)) return;
        seen.add(url);
        calls.spawn(visit, url);
      }
      add(start);
    });
  } finally {
    progress.stop();
  }
  return pages;
}

/** Kills the worker that waits for the fatal page. */
function* killOne(site: Site, workers: Worker[]) {
  const pid = yield* site.holding.get();
  const worker = workers.find((each) => each.pid === pid);
  yield* worker!.kill();
  console.log(`worker ${pid} was killed by -9 while it was loading ${site.url(FATAL)}`);
}

/** Fails once no worker is left. */
function* lost(workers: Worker[]): Coroutine<never> {
  for (const worker of workers) yield* until(worker.ended);
  throw new Error('no worker is left');
}

function checkOnce(pages: Page[]) {
  const titles = new Set(pages.map(({ title }) => title));
  if (pages.length !== PAGES || titles.size !== PAGES)
    throw new Error(`${pages.length} pages, ${titles.size} different`);
}

/** A process that runs worker.ts. */
class Worker {
  readonly pid: number;
  readonly ended: Promise<unknown>;
  private readonly child: ChildProcess;

  constructor() {
    const file = `./worker${extname(import.meta.url)}`;
    this.child = fork(fileURLToPath(new URL(file, import.meta.url)), { env: { ...process.env, CRAWL: app.name } });
    this.ended = once(this.child, 'exit');
    this.pid = this.child.pid!;
  }

  *kill() {
    this.child.kill('SIGKILL');
    yield* until(this.ended);
  }

  /** Lets it end what it does. */
  *stop() {
    this.child.kill('SIGTERM');
    yield* until(this.ended);
  }
}
