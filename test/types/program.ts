// The programs of DESIGN.md, which are the contract, unchanged.

import { greenlet, joinall, spawn } from 'greenhub';
import { patchAll } from 'greenhub/monkey';
import { check, type Equal } from './expect.js';

declare const urls: string[];

patchAll();

function* size(url: string) {
  const response = yield* fetch(url); // a Response, fully typed
  const body = yield* response.text(); // a string
  check<Equal<typeof response, Response>>();
  check<Equal<typeof body, string>>();
  return body.length;
}
const jobs = urls.map((url) => spawn(size, url));
await joinall(jobs, { timeout: 10_000 }); // top level is not a greenlet: await

check<Equal<(typeof jobs)[number]['value'], number | undefined>>();

// Two greenlets that name each other.
const gr1 = greenlet(function* () {
  console.log(12);
  yield* gr2.switch();
  console.log(34);
  yield* gr2.switch();
});
const gr2 = greenlet(function* () {
  console.log(56);
  yield* gr1.switch();
  console.log(78);
});
gr1.switch();
