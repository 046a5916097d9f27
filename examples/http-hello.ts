// A small web server with a greenlet for each request. / says hello; /sleep?ms=500 answers after a pause; /echo returns
// the request body, up to 1 MB. Ctrl-C stops it gracefully: it accepts no new requests, and current requests have 5
// seconds to finish.
// Run: npm run example http-hello -- 8080, and then: curl http://127.0.0.1:8080/sleep?ms=500
// Without a port: a demonstration on loopback, which ends.

import { joinall, run, sleep, spawn } from 'greenhub';
import { HttpServer, type HttpServerRequest, type HttpServerResponse, LimitExceededError, request } from 'greenhub/net';
import { readPort } from './support/arguments.ts';
import { listening } from './support/listening.ts';

const port = readPort('a demonstration, which ends');
const server = new HttpServer({ port: port ?? 0, host: '127.0.0.1' }, serve, { pool: 1_000 });

run(function* main() {
  yield* listening(server.start(), port ?? 0);
  console.log(`listening on http://127.0.0.1:${server.port}`);
  if (port === undefined) yield* demonstrate();
  else yield* server.serveForever({ stopTimeout: 5_000 });
});

function* serve(request: HttpServerRequest, response: HttpServerResponse) {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
  if (pathname === '/') answer(response, 200, 'hello\n');
  else if (pathname === '/sleep') yield* nap(response, Number(searchParams.get('ms') ?? Number.NaN));
  else if (pathname === '/echo') yield* echo(request, response);
  else answer(response, 404, 'there are /, /sleep?ms=… and /echo\n');
}

function* nap(response: HttpServerResponse, ms: number) {
  if (!(ms >= 0 && ms <= 60_000)) return answer(response, 400, 'ms is a number of milliseconds, 60000 at the most\n');
  yield* sleep(ms); // ends early, by a kill, when the client disconnects
  answer(response, 200, `slept ${ms} ms\n`);
}

function* echo(request: HttpServerRequest, response: HttpServerResponse) {
  try {
    answer(response, 200, yield* request.text({ limit: 1_000_000, timeout: 30_000 }));
  } catch (error) {
    if (!(error instanceof LimitExceededError)) throw error;
    response.setHeader('connection', 'close'); // do not wait for the rest of the body
    answer(response, 413, 'that is more than 1 MB\n');
  }
}

function answer(response: HttpServerResponse, status: number, text: string) {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(text);
}

function* demonstrate() {
  const slow = spawn(get, '/sleep?ms=500');
  const others = [spawn(get, '/'), spawn(get, '/echo', 'what was sent'), spawn(get, '/nowhere')];
  yield* joinall(others, { raiseError: true });
  const stopped = server.stop({ timeout: 5_000 });
  console.log('no more requests');
  yield* slow;
  yield* stopped;
}

function* get(path: string, body?: string) {
  const options = body === undefined ? {} : ({ method: 'POST', body } as const);
  const response = yield* request(`http://127.0.0.1:${server.port}${path}`, options);
  console.log(`${path}: ${response.statusCode} ${(yield* response.body.text()).trim()}`);
}
