// The hub decides who runs: a greenlet that sleeps lets the others run.

import { run, sleep, spawn } from 'greenhub';

function* boil(what: string, ms: number) {
  console.log(`${what} is on the stove`);
  yield* sleep(ms);
  console.log(`${what} is ready`);
}

await run(function* main() {
  const rice = spawn(boil, 'rice', 30);
  const tea = spawn(boil, 'tea', 10);
  console.log('nothing is on the stove yet');
  yield* rice;
  yield* tea;
  console.log('dinner');
});
