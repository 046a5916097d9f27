// Answers with the best that is there in time: fresh data, or else what was stored, or else something simple.

import { GreenletExit, run, sleep, withTimeout } from 'greenhub';

const stored = new Map([['books', 'three books, as of yesterday']]);

function* fresh(what: string, ms: number) {
  yield* sleep(ms);
  if (what === 'lamps') throw new Error('the shop is closed');
  const text = `fresh ${what}`;
  stored.set(what, text);
  return text;
}

function* best(what: string, ms: number) {
  try {
    return yield* withTimeout(100, () => fresh(what, ms));
  } catch (error) {
    if (error instanceof GreenletExit) throw error; // the greenlet was killed, so nobody wants an answer
    return stored.get(what) ?? 'nothing now, please come back';
  }
}

await run(function* main() {
  console.log(yield* best('books', 500));
  console.log(yield* best('books', 50));
  console.log(yield* best('books', 500));
  console.log(yield* best('lamps', 10));
  console.log(yield* best('chairs', Infinity));
});
