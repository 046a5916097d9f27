// A time limit ends what it encloses, and nothing else.

import { run, sleep, Timeout, withTimeout } from 'greenhub';

function* answer(ms: number) {
  try {
    yield* sleep(ms);
    return `an answer after ${ms} ms`;
  } finally {
    console.log('the question is withdrawn, or answered');
  }
}

await run(function* main() {
  console.log(yield* withTimeout(100, () => answer(50)));
  console.log(yield* withTimeout(100, () => answer(500), { timeoutValue: 'no answer' }));
  try {
    yield* withTimeout(100, () => answer(Infinity));
  } catch (error) {
    console.log(error instanceof Timeout);
  }
});
