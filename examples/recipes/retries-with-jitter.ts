// Retries what may pass, with longer and longer pauses. Random shares of the pauses keep clients from coming back together.

import { getHub, joinall, retry, run, sleep, spawn } from 'greenhub';

class Busy extends Error {}
const began = getHub().now();
const attempts: number[] = [];

function* save(client: number, attempt: number) {
  yield* sleep(1);
  attempts.push(attempt);
  if (client === 3) throw new TypeError('a name is missing'); // trying again would not help
  if (attempt < 4) throw new Busy('try later');
  return getHub().now() - began;
}

await run(function* main() {
  const clients = [1, 2, 3].map((client) =>
    spawn(() =>
      retry((attempt) => save(client, attempt), {
        attempts: 5,
        minDelay: 100,
        factor: 2,
        jitter: 0.5, // a pause of 100 ms lasts between 50 and 100 ms
        retryIf: (error) => error instanceof Busy,
      }),
    ),
  );
  yield* joinall(clients);
  const [first, second, third] = clients;
  console.log(`${attempts.length} attempts`);
  for (const { value = 0 } of [first!, second!]) console.log(value >= 350 && value <= 710); // 50 + 100 + 200, or twice that
  console.log(first!.value !== second!.value, String(third!.exception));
});
