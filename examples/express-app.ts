// An express app whose handlers are greenlets. / says hello; /sleep?ms=500 answers after a pause, unless the client
// disconnects first; /fail throws, and express's error handling answers. After Ctrl-C, requests have a second to
// finish.
// Run: npm run example express-app -- 8080, and then: curl http://127.0.0.1:8080/sleep?ms=5000, and Ctrl-C there
// Without a port: a demonstration on loopback, which ends.

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import express, { type NextFunction, type Request, type Response } from 'express';
import { Event, run, shield, sleep, spawn, until, withTimeout } from 'greenhub';
import { request as ask, handler } from 'greenhub/net';
import { readPort } from './support/arguments.ts';
import { listening } from './support/listening.ts';

const port = readPort('a demonstration, which ends');

/** Set when a client has disconnected. */
const left = new Event();

const app = express();
app.get('/', (_request: Request, response: Response) => {
  response.send('hello\n');
});
app.get('/sleep', handler(nap));
app.get(
  '/fail',
  handler(function* (_request: Request, _response: Response) {
    yield* sleep(1);
    throw new Error('nothing works today');
  }),
);
app.use((error: Error, _request: Request, response: Response, _next: NextFunction) => {
  response.status(500).send(`sorry: ${error.message}\n`);
});

function* nap(request: Request, response: Response) {
  const ms = Number(request.query.ms ?? Number.NaN);
  if (!(ms >= 0 && ms <= 60_000)) {
    response.status(400).send('ms is a number of milliseconds, 60000 at the most\n');
    return;
  }
  let slept = false;
  try {
    yield* sleep(ms);
    slept = true;
    response.send(`slept ${ms} ms\n`);
  } finally {
    if (!slept) {
      console.log(`a client disconnected and did not wait ${ms} ms`);
      left.set();
    }
  }
}

run(function* main() {
  const server = createServer(app).listen(port ?? 0, '127.0.0.1');
  yield* listening(until(once(server, 'listening')), port ?? 0);
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  console.log(`listening on ${origin}`);
  try {
    if (port === undefined) yield* demonstrate(origin);
    else yield* sleep(Infinity);
  } finally {
    const closed = until(once(server.close(), 'close'));
    yield* shield(withTimeout(1_000, closed, { timeoutValue: undefined }));
    server.closeAllConnections();
  }
});

function* demonstrate(origin: string) {
  const impatient = spawn(get, `${origin}/sleep?ms=60000`);
  for (const path of ['/', '/sleep?ms=50', '/fail', '/sleep?ms=long'])
    console.log(`${path}: ${yield* get(origin + path)}`);
  yield* impatient.kill(); // closes its connection, which ends the greenlet in the server
  yield* left.wait();
}

function* get(url: string) {
  const { statusCode, body } = yield* ask(url);
  return `${statusCode} ${(yield* body.text()).trim()}`;
}
