// A web server on all cores that restarts without a failed request: one process listens, and one process for each core
// serves. SIGHUP replaces the workers one after the other: the new one serves before the old one retires, and the old one
// answers what it has begun. Ctrl-C stops the server gracefully.
// Run: npm run example prefork-http -- 8080, and then: curl http://127.0.0.1:8080/
// Without a port: a demonstration on loopback, two restarts under load, which ends.

import { Event, joinall, race, run, shield, spawn } from 'greenhub';
import {
  HttpServer,
  type HttpServerRequest,
  type HttpServerResponse,
  type ListeningSocket,
  listen,
  request,
} from 'greenhub/net';
import * as mp from 'greenhub/process';
import { readPort } from './support/arguments.ts';
import { listening } from './support/listening.ts';

const CLIENTS = 20;

/** What a worker runs. `ready` is set once it serves; it retires when `retire` is set. */
export const serve = mp.remote(
  import.meta.url,
  'serve',
  function* serve(listener: ListeningSocket, ready: mp.Event, retire: mp.Event) {
    const server = new HttpServer(listener, answer);
    try {
      yield* server.start();
      ready.set();
      yield* retire.wait();
    } finally {
      // A client may be sending a request on an idle connection, so the connection stays for one request more.
      yield* shield(server.stop({ drain: 5_000, timeout: 30_000 }));
    }
  },
);

function answer(asked: HttpServerRequest, response: HttpServerResponse) {
  response.end(`${asked.method} ${asked.url}, answered by process ${process.pid}\n`);
}

// A worker imports this module too, to find `serve`.
if (mp.isMainProcess) {
  const port = readPort('a demonstration, two restarts under load, which ends');
  run(function* main() {
    const listener = yield* listening(listen(port ?? 0, '127.0.0.1'), port ?? 0);
    const workers: Worker[] = [];
    try {
      for (let n = 0; n < mp.cpuCount(); n += 1) workers.push(yield* startWorker(listener));
      console.log(`listening on http://127.0.0.1:${listener.port} with ${workers.length} workers`);
      if (port === undefined) yield* demonstrate(listener, workers);
      else yield* restartAtSignal(listener, workers);
    } finally {
      listener.close();
      yield* shield(joinall(workers.map((worker) => spawn(retire, worker))));
    }
  });
}

interface Worker {
  process: mp.Process<void>;
  retire: mp.Event;
}

function* startWorker(listener: ListeningSocket) {
  const [ready, retire] = [new mp.Event(), new mp.Event()];
  const worker = new mp.Process({ target: serve, args: [listener, ready, retire] }).start();
  yield* race([ready.wait(), worker]); // throws if the worker ends before it serves
  return { process: worker, retire };
}

function* retire(worker: Worker) {
  worker.retire.set();
  yield* worker.process.join();
}

function* restart(listener: ListeningSocket, workers: Worker[]) {
  for (const [n, old] of workers.entries()) {
    const young = yield* startWorker(listener);
    workers[n] = young;
    yield* retire(old);
    console.log(`process ${young.process.pid} has replaced process ${old.process.pid}`);
  }
}

function* restartAtSignal(listener: ListeningSocket, workers: Worker[]) {
  const hangup = new Event();
  process.on('SIGHUP', () => hangup.set());
  console.log(`to restart: kill -HUP ${process.pid}`);
  for (;;) {
    yield* hangup.wait();
    hangup.clear();
    yield* restart(listener, workers);
  }
}

function* demonstrate(listener: ListeningSocket, workers: Worker[]) {
  const load = { isOver: false, answers: 0, pids: new Set<string>() };
  const clients = Array.from({ length: CLIENTS }, () => spawn(ask, listener, load));
  for (let n = 0; n < 2; n += 1) yield* restart(listener, workers);
  load.isOver = true;
  yield* joinall(clients, { raiseError: true }); // a request that failed would end the program
  console.log(`${load.answers} requests, all answered, by ${load.pids.size} processes`);
}

function* ask(listener: ListeningSocket, load: { isOver: boolean; answers: number; pids: Set<string> }) {
  while (!load.isOver) {
    const response = yield* request(`http://127.0.0.1:${listener.port}/`);
    const text = yield* response.body.text();
    if (response.statusCode !== 200) throw new Error(`status ${response.statusCode}: ${text}`);
    load.answers += 1;
    load.pids.add(/\d+$/.exec(text.trim())?.[0] ?? '');
  }
}
