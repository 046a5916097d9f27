// Without greenhub/monkey, you wait for a promise with until(), and `yield* promise` is an error.

import { call, joinall, run, shield, sleep, spawn, until, withTimeout } from 'greenhub';
import { check, type Equal } from '../expect.js';

declare const answer: Promise<number>;
async function ask(question: string) {
  return question.length;
}

function* inside() {
  // @ts-expect-error promises are not iterable: yield* until(answer)
  yield* answer;
  // @ts-expect-error the same for fetch
  yield* fetch('http://localhost/');

  const number = yield* until(answer);
  check<Equal<typeof number, number>>();
  const response = yield* until((signal) => fetch('http://localhost/', { signal }));
  check<Equal<typeof response, Response>>();
  const timed = yield* withTimeout(10, answer);
  check<Equal<typeof timed, number>>();
  const shielded = yield* shield(answer);
  check<Equal<typeof shielded, number>>();
  const slept = yield* sleep(1);
  check<Equal<typeof slept, void>>();
  return response.status;
}

const job = spawn(inside);
const asking = spawn(ask, 'why?');
check<Equal<Awaited<typeof job>, number>>();
check<Equal<Awaited<typeof asking>, number>>();
const joined = await joinall([asking]);
check<Equal<typeof joined, (typeof asking)[]>>();
const ran = run(ask, 'why?');
check<Equal<typeof ran, Promise<number>>>();
const called = await call(function* () {
  return yield* until(answer);
});
check<Equal<typeof called, number>>();
