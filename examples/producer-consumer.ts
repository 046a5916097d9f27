// A bounded Queue: producers that are faster than the consumers wait for room, so the shelf never holds more than two
// loaves. shutdown() ends the consumers when the shelf is empty.
// Run: npm run example producer-consumer

import { forEach, joinall, Queue, sleep, spawn } from 'greenhub';
import { noArguments } from './support/arguments.ts';

noArguments();

const shelf = new Queue<string>(2);

function* baker(name: string, loaves: number) {
  for (let n = 1; n <= loaves; n++) {
    yield* shelf.put(`${name}'s loaf ${n}`);
    console.log(`${name} puts loaf ${n} on the shelf, which holds ${shelf.qsize()}`);
  }
}

function* customer(name: string) {
  let eaten = 0;
  yield* forEach(shelf, function* (loaf) {
    console.log(`  ${name} eats ${loaf}`);
    yield* sleep(50);
    eaten += 1;
  });
  return eaten;
}

const bakers = ['Rosa', 'Sam'].map((name) => spawn(baker, name, 4));
const customers = ['Ada', 'Ben', 'Cleo'].map((name) => spawn(customer, name));
await joinall(bakers);
shelf.shutdown();
await joinall(customers);

const eaten = customers.map((each) => each.value ?? 0);
console.log(`8 loaves baked, ${eaten.join(' + ')} eaten`);
