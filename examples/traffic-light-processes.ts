// An Event between processes: each car is a process and waits for green, and one set() releases all of them. A car that
// arrives while the light is green does not wait.
// Run: npm run example traffic-light-processes

import { joinall, run } from 'greenhub';
import * as mp from 'greenhub/process';
import { noArguments } from './support/arguments.ts';

/** A car. `atTheLight` counts the cars that have arrived. */
export const drive = mp.remote(
  import.meta.url,
  'drive',
  function* drive(name: string, green: mp.Event, atTheLight: mp.Semaphore) {
    if (!(yield* green.isSet())) console.log(`  the ${name} stops`);
    atTheLight.release();
    yield* green.wait();
    console.log(`  the ${name} drives`);
  },
);

if (mp.isMainProcess) {
  noArguments();
  run(function* main() {
    const green = new mp.Event();
    const atTheLight = new mp.Semaphore(0);
    const car = (name: string) => new mp.Process({ target: drive, args: [name, green, atTheLight], name }).start();

    console.log('the light is red');
    const cars = ['taxi', 'bus', 'lorry'].map(car);
    for (const _ of cars) yield* atTheLight.acquire();
    console.log('the light is green');
    green.set();
    yield* joinall(cars, { raiseError: true });
    yield* car('van').get();
    green.clear();
    console.log('the light is red');
  });
}
