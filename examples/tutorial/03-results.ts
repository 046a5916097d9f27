// A greenlet has a result: a value or an error.

import { joinall, run, sleep, spawn } from 'greenhub';

function* divide(a: number, b: number) {
  yield* sleep(1);
  if (b === 0) throw new RangeError(`${a} / ${b} has no result`);
  return a / b;
}

await run(function* main() {
  const half = spawn(divide, 1, 2);
  console.log(yield* half);

  try {
    yield* spawn(divide, 1, 0);
  } catch (error) {
    console.log(String(error));
  }

  const jobs = [spawn(divide, 9, 3), spawn(divide, 8, 0)];
  yield* joinall(jobs); // waits for all, and throws nothing
  for (const job of jobs) console.log(job.successful() ? job.value : String(job.exception));
});
