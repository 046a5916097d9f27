// Stops a server without breaking a request: no new ones, up to 10 seconds for those that run, then the resources behind them.

import { Event, run, shield, spawn } from 'greenhub';
import { HttpServer, request } from 'greenhub/net';

const begun = new Event();
const finish = new Event();
const stopping = new Event(); // in a program: signalHandler('SIGTERM', () => stopping.set())

function* serve() {
  const server = new HttpServer({ port: 0, host: '127.0.0.1' }, function* (asked, response) {
    begun.set();
    yield* finish.wait();
    response.end(`an answer to ${asked.url}`);
  });
  yield* server.start();
  const client = spawn(ask, `http://127.0.0.1:${server.port}/slow`);
  try {
    yield* begun.wait();
    spawn(() => stopping.set());
    yield* stopping.wait();
  } finally {
    console.log(`stopping: ${server.size} request runs`);
    finish.set(); // so the handler ends in time
    yield* shield(server.stop({ timeout: 10_000 })); // also after Ctrl-C, which kills this greenlet
    console.log('the database is closed'); // only now does nobody need it
  }
  console.log(yield* client);
}

function* ask(url: string) {
  const { statusCode, body } = yield* request(url);
  return `${statusCode}: ${yield* body.text()}`;
}

await run(serve);
