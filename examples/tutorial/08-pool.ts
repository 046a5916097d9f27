// A pool bounds how much runs at once, and retry() tries again.

import { Pool, retry, run, withTimeout } from 'greenhub';
import { HttpServer, request } from 'greenhub/net';

let asked = 0;
let present = 0;
let most = 0;

const server = new HttpServer({ port: 0, host: '127.0.0.1' }, (_, response) => {
  asked += 1;
  if (asked % 3 === 0) response.writeHead(503).end('busy');
  else response.end('a page');
});

function* load(path: string) {
  const { statusCode, body } = yield* request(`http://127.0.0.1:${server.port}${path}`);
  const text = yield* body.text();
  if (statusCode !== 200) throw new Error(`${path}: ${statusCode} ${text}`);
  return text;
}

function* patiently(path: string) {
  present += 1;
  most = Math.max(most, present);
  try {
    return yield* retry(() => withTimeout(60_000, () => load(path)), { attempts: 10, minDelay: 1 });
  } finally {
    present -= 1;
  }
}

await run(function* main() {
  yield* server.start();
  const paths = Array.from({ length: 12 }, (_, n) => `/${n}`);
  const texts = yield* new Pool(4).map(patiently, paths);
  console.log(`${texts.length} pages, ${asked} requests, at most ${most} at once`);
  yield* server.stop();
});
