// A bounded queue connects greenlets, and slows down the fast ones.

import { forEach, joinall, Queue, run, sleep, spawn } from 'greenhub';

await run(function* main() {
  const belt = new Queue<string>(1);

  const baker = spawn(function* () {
    for (const cake of ['apple', 'plum', 'cherry']) {
      yield* belt.put(cake); // waits while the belt is full
      console.log(`baked ${cake}`);
    }
    belt.shutdown(); // the loops over the belt end
  });
  const guest = spawn(function* () {
    yield* forEach(belt, function* (cake) {
      console.log(`eats ${cake}`);
      yield* sleep(100);
    });
  });
  yield* joinall([baker, guest], { raiseError: true });
  console.log('full');
});
