// A Lock around a read, a pause and a write. Without it every greenlet reads the same old value and all but
// one of the ten increments are lost; with it none is.
// Run: npm run example counter-lock

import { joinall, Lock, sleep, spawn } from 'greenhub';
import { noArguments } from './support/arguments.ts';

noArguments();

let counter = 0;
const lock = new Lock();

function* increment() {
  const value = counter;
  yield* sleep(10); // a database, say
  counter = value + 1;
}

function* incrementLocked() {
  using _ = yield* lock.hold();
  yield* increment();
}

function* count(job: typeof increment) {
  counter = 0;
  yield* joinall(Array.from({ length: 10 }, () => spawn(job)));
  return counter;
}

console.log(`10 increments without the lock: ${await spawn(count, increment)}`);
console.log(`10 increments with the lock:    ${await spawn(count, incrementLocked)}`);
