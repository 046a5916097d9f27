// Five philosophers share five forks (each a Lock) and need two forks to eat. If everybody takes the left fork first,
// they deadlock: greenhub detects it, and the waiting program receives a LoopExit that lists who waits for whom. If
// everybody takes the lower fork first, no cycle is possible, and all of them eat.
// Run: npm run example dining-philosophers

import { joinall, killall, Lock, LoopExit, sleep, spawn } from 'greenhub';
import { noArguments } from './support/arguments.ts';

noArguments();

const MEALS = 3;

const forks = [1, 2, 3, 4, 5].map((number) => Object.assign(new Lock(), { name: `fork ${number}` }));

function* dine(name: string, first: Lock, second: Lock) {
  let meals = 0;
  while (meals < MEALS) {
    using _one = yield* first.hold();
    yield* sleep(10); // say something profound
    using _two = yield* second.hold();
    console.log(`  ${name} eats with ${first.name} and ${second.name}`);
    yield* sleep(10);
    meals += 1;
  } // both forks are back on the table here, even if the philosopher is killed
  return meals;
}

function seatAll(order: (left: number, right: number) => [number, number]) {
  return ['Hypatia', 'Aristotle', 'Confucius', 'Avicenna', 'Simone'].map((name, seat) => {
    const [first, second] = order(seat, (seat + 1) % forks.length);
    const philosopher = spawn(dine, name, forks[first]!, forks[second]!);
    philosopher.name = name;
    return philosopher;
  });
}

console.log('Everybody takes the left fork first:');
const stuck = seatAll((left, right) => [left, right]);
try {
  await joinall(stuck);
} catch (error) {
  if (!(error instanceof LoopExit)) throw error;
  console.log(`A deadlock: ${error.message}`);
}
await killall(stuck);

console.log('\nEverybody takes the lower fork first:');
const dined = await joinall(seatAll((left, right) => (left < right ? [left, right] : [right, left])));
for (const { name, value } of dined) console.log(`${name} had ${value} meals`);
