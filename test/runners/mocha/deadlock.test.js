import { Event, sleep, spawn } from 'greenhub';
import { it as test } from 'mocha';

test('it waits for what never comes', async () => {
  const event = new Event();
  const job = spawn(function* consumer() {
    yield* event.wait();
  });
  await job;
}).timeout(2_000);

test('the next one passes', async () => {
  await sleep(1);
});
