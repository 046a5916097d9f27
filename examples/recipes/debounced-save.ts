// Saves a document when nobody has changed it for 500 ms, and at least every 2 seconds while somebody types.

import { Event, getHub, run, sleep, spawn } from 'greenhub';

const changed = new Event();
let text = '';

function* saver() {
  const began = getHub().now();
  for (;;) {
    yield* changed.wait();
    const latest = getHub().now() + 2_000;
    do {
      changed.clear();
    } while (yield* changed.wait({ timeout: Math.min(500, Math.max(0, latest - getHub().now())) }));
    console.log(`saved "${text}" after ${Math.round(getHub().now() - began)} ms`);
  }
}

function type(letter: string) {
  text += letter;
  changed.set();
}

await run(function* main() {
  const saving = spawn(saver);
  for (const letter of 'hello') {
    type(letter);
    yield* sleep(100);
  }
  yield* sleep(1_000);
  for (const letter of ' wonderful world') {
    type(letter);
    yield* sleep(170);
  }
  yield* sleep(1_000);
  yield* saving.kill();
});
