// What is bundled: it fetches under the patches and makes a request with undici.
import { run } from 'greenhub';
import { patchAll } from 'greenhub/monkey';
import { HttpServer, request } from 'greenhub/net';

patchAll();

run(function* main() {
  const server = new HttpServer({ port: 0, host: '127.0.0.1' }, function* (incoming, response) {
    yield* response.sendall(incoming.url.slice(1));
  });
  yield* server.start();
  const url = `http://127.0.0.1:${server.port}`;
  const fetched = yield* (yield* fetch(`${url}/a`)).text();
  const requested = yield* (yield* request(`${url}/b`)).body.text();
  console.log(`fetched ${fetched}, requested ${requested}`);
  yield* server.stop();
});
