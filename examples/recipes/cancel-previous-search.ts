// A search box: each key starts a new search, which cancels the one before it.

import { type Greenlet, run, sleep, spawn } from 'greenhub';

function* search(text: string) {
  yield* sleep(150); // wait for more keys
  try {
    yield* sleep(text.length < 4 ? 500 : 100); // ask the server
    console.log(`results for "${text}"`);
  } finally {
    console.log(`the request for "${text}" is over`);
  }
}

let current: Greenlet<void> | undefined;
function onInput(text: string) {
  current?.kill();
  current = spawn(search, text);
}

await run(function* main() {
  for (const [text, pause] of [
    ['g', 50],
    ['gr', 50],
    ['gre', 200],
    ['green', 0],
  ] as const) {
    onInput(text);
    yield* sleep(pause);
  }
  yield* current!;
});
