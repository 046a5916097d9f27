// Asks all mirrors at once and takes the first good answer. The other requests are aborted.

import { any, run, sleep } from 'greenhub';
import { type HttpHandler, HttpServer, request } from 'greenhub/net';

function* download(url: string) {
  using response = yield* request(url);
  if (response.statusCode !== 200) throw new Error(`${url}: ${response.statusCode}`);
  return yield* response.body.text();
}

function* firstOf(mirrors: string[]) {
  return yield* any(mirrors.map((mirror) => () => download(mirror)));
}

await run(function* main() {
  const answers: HttpHandler[] = [
    (_, response) => response.writeHead(503).end(), // this mirror is overloaded
    function* (_, response) {
      response.write('this answer never ends');
      yield* sleep(Infinity); // until the client has gone
    },
    (_, response) => response.end('the file'),
  ];
  const servers = answers.map((answer) => new HttpServer({ port: 0, host: '127.0.0.1' }, answer));
  for (const server of servers) yield* server.start();

  console.log(yield* firstOf(servers.map(({ port }) => `http://127.0.0.1:${port}/file`)));
  for (const server of servers) yield* server.stop();
});
