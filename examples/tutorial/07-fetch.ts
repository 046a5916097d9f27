// Real I/O: three pages at once, written as if there were one.

import { all, run } from 'greenhub';
import { patchAll } from 'greenhub/monkey';
import { startSite } from './site.ts';

patchAll(); // now fetch() returns an operation in a greenlet

function* sizeOf(url: string) {
  const response = yield* fetch(url);
  const html = yield* response.text();
  return html.length;
}

await run(function* main() {
  const { address, server } = yield* startSite();
  const sizes = yield* all(['/', '/oak', '/pine'].map((path) => () => sizeOf(address + path)));
  console.log(sizes);
  yield* server.stop();
});
