// A deadline for a whole request, and a budget for each of its parts. A part never gets more than what is left of the whole.

import { getHub, run, sleep, Timeout, withTimeout } from 'greenhub';

function* query(table: string, ms: number) {
  yield* sleep(ms);
  return `${table} after ${ms} ms`;
}

function* page(slowness: number) {
  const user = yield* withTimeout(200, () => query('user', 50 * slowness));
  const orders = yield* withTimeout(300, () => query('orders', 100 * slowness));
  // The page is good without advice, so this part has a value for its timeout.
  const advice = yield* withTimeout(100, () => query('advice', 80 * slowness), { timeoutValue: 'no advice' });
  return [user, orders, advice].join(', ');
}

await run(function* main() {
  for (const slowness of [1, 2, 2.9, 5]) {
    const began = getHub().now();
    try {
      console.log(yield* withTimeout(500, () => page(slowness)));
    } catch (error) {
      if (!(error instanceof Timeout)) throw error;
      console.log(`the limit of ${error.ms} ms was over, after ${Math.round(getHub().now() - began)} ms`);
    }
  }
});
