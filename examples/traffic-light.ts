// An Event: cars wait for green, and one set() releases all of them in the order in which they arrived. A car that
// arrives while the light is green does not wait.
// Run: npm run example traffic-light

import { Event, joinall, sleep, spawn } from 'greenhub';
import { noArguments } from './support/arguments.ts';

noArguments();

const green = new Event();

function* light() {
  for (let round = 1; round <= 2; round++) {
    green.clear();
    console.log('the light is red');
    yield* sleep(300);
    green.set();
    console.log('the light is green');
    yield* sleep(300);
  }
}

function* car(name: string, arrival: number) {
  yield* sleep(arrival);
  if (!green.isSet()) console.log(`  the ${name} stops`);
  yield* green.wait();
  console.log(`  the ${name} drives`);
}

await joinall([
  spawn(light),
  spawn(car, 'taxi', 100),
  spawn(car, 'bus', 200),
  spawn(car, 'lorry', 450),
  spawn(car, 'van', 750),
]);
