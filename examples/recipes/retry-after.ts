// Obeys a server that says when to come back: Retry-After, in seconds. All greenlets that use the server wait, not only the refused one.

import { getHub, joinall, run, sleep, spawn } from 'greenhub';

/** A server that takes two requests in two seconds. */
const visits: number[] = [];
const secondsNow = () => Math.round(getHub().now() / 100) / 10;
function answer(): { status: number; retryAfter?: number } {
  const recent = visits.filter((time) => time > secondsNow() - 2);
  if (recent.length >= 2) return { status: 429, retryAfter: 2 };
  visits.push(secondsNow());
  return { status: 200 };
}

let restsUntil = -Infinity;
function* politely() {
  for (;;) {
    while (getHub().now() < restsUntil) yield* sleep(restsUntil - getHub().now());
    const { status, retryAfter } = answer();
    if (status !== 429) return status;
    restsUntil = getHub().now() + (retryAfter ?? 1) * 1_000;
  }
}

const began = secondsNow();
function* visit(page: string) {
  const status = yield* politely();
  console.log(`${page}: ${status} after ${Math.round(secondsNow() - began)} s`);
}
await run(function* main() {
  yield* joinall(['/a', '/b', '/c', '/d', '/e'].map((page) => spawn(visit, page)));
});
