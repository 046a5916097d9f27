// A Lock around a read, a pause and a write. Without the lock, every greenlet reads the same old value, and nine of the
// ten increments are lost. With the lock, none is lost.
// Run: npm run example counter-lock

import { joinall, Lock, sleep, spawn } from 'greenhub';
import { noArguments } from './support/arguments.ts';

noArguments();

let counter = 0;
const lock = new Lock();

function* increment() {
  const value = counter;
  yield* sleep(10); // for example, a database call
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
