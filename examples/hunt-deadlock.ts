// A bank with a fault, to find as docs/hunts.md does: it makes four standing orders at once, and three of them never end.
// Run: npx greenhub run examples/hunt-deadlock.ts

import { joinall, Lock, run, sleep, spawn } from 'greenhub';
import { readArguments } from './support/arguments.ts';

interface Account {
  name: string;
  balance: number;
  lock: Lock;
}

const usage = `Usage: npm run example hunt-deadlock -- [options]
  --mended  without the fault (with it)`;
const { values } = readArguments({ options: { mended: { type: 'boolean' } } }, usage);

const [anna, bert, carl, dora, emil] = [open('anna'), open('bert'), open('carl'), open('dora'), open('emil')];
let done = 0;

run(function* main() {
  const reports = spawn(report);
  const orders = [
    spawn(transfer, anna, bert, 30),
    spawn(transfer, bert, carl, 20),
    spawn(transfer, carl, anna, 10),
    spawn(transfer, dora, emil, 50),
  ];
  yield* joinall(orders, { raiseError: true });
  yield* reports.kill();
  console.log(`${done} of 4 orders done`);
});

function* transfer(from: Account, to: Account, amount: number) {
  const [first, second] = values.mended ? inOrder(from, to) : [from, to];
  using _first = yield* first.lock.hold();
  yield* sleep(10); // the limits of the account are checked
  using _second = yield* second.lock.hold();
  from.balance -= amount;
  to.balance += amount;
  done += 1;
}

/** If everybody locks accounts in the same order, nobody waits in a circle. */
function inOrder(a: Account, b: Account): [Account, Account] {
  return a.name < b.name ? [a, b] : [b, a];
}

/** Keeps the program running, as a server would. */
function* report() {
  for (;;) {
    yield* sleep(1_000);
    console.log(`${done} of 4 orders done`);
  }
}

function open(name: string): Account {
  const lock = new Lock();
  lock.name = name; // shown instead of Lock#1
  return { name, balance: 100, lock };
}
