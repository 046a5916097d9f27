// A shop with a fault, to find as docs/hunts.md does: it answers every customer at once, and its memory grows and grows.
// Run: npx greenhub run examples/hunt-leak.ts

import { forEach, nursery, Queue, run, sleep, spawn } from 'greenhub';
import { readArguments } from './support/arguments.ts';

const CUSTOMERS = 20;

const usage = `Usage: npm run example hunt-leak -- [options]
  --mended  without the fault (with it)`;
const { values } = readArguments({ options: { mended: { type: 'boolean' } } }, usage);

interface Order {
  number: number;
  items: string[];
}

const outbox = new Queue<Order>(100);
outbox.name = 'outbox'; // shown instead of Queue#1
let orders = 0;

run(function* main() {
  yield* nursery(function* (shop) {
    shop.spawn(sendMails);
    shop.spawn(report);
    for (let n = 0; n < CUSTOMERS; n += 1) shop.spawn(buy);
  });
});

function* buy() {
  for (;;) {
    yield* order();
    yield* sleep(20);
  }
}

function* order() {
  orders += 1;
  const taken = { number: orders, items: new Array<string>(1_000).fill('book') };
  if (values.mended) yield* confirm(taken);
  else spawn(confirm, taken); // so that the customer does not have to wait
}

function* confirm(order: Order) {
  yield* outbox.put(order);
}

/** The mail server takes 100 ms for each order. */
function* sendMails() {
  yield* forEach(outbox, function* () {
    yield* sleep(100);
  });
}

function* report() {
  for (;;) {
    yield* sleep(1_000);
    console.log(`${orders} orders, heap ${Math.round(process.memoryUsage().heapUsed / 1e6)} MB`);
  }
}
