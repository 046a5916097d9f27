// At most two requests at once to each host, and as many hosts at once as there are.

import { getHub, joinall, run, Semaphore, sleep, spawn } from 'greenhub';

const places = new Map<string, Semaphore>();

function placesOf(host: string) {
  const known = places.get(host) ?? new Semaphore(2);
  places.set(host, known);
  return known;
}

function* load(url: string) {
  using _ = yield* placesOf(new URL(url).host).hold();
  yield* sleep(100); // the request
  return Math.round(getHub().now() - began);
}

const began = getHub().now();
await run(function* main() {
  const urls = ['/1', '/2', '/3', '/4', '/5'].map((path) => `https://busy.example${path}`);
  urls.push('https://quiet.example/1');
  const jobs = urls.map((url) => spawn(load, url));
  yield* joinall(jobs, { raiseError: true });
  for (const { args, value } of jobs) console.log(`${args[0]}: after ${value} ms`);
});
