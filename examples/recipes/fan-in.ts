// Serves several queues in one loop, the urgent one first.

import { Event, Queue, run, select, sleep, spawn } from 'greenhub';

function* feed(queue: Queue<string>, every: number, items: string[]) {
  for (const item of items) {
    yield* sleep(every);
    yield* queue.put(item);
  }
}

await run(function* main() {
  const alarms = new Queue<string>();
  const mails = new Queue<string>();
  const chats = new Queue<string>();
  const stop = new Event();
  spawn(feed, alarms, 33, ['smoke']);
  spawn(feed, mails, 11, ['a bill', 'a thank you', 'an offer']);
  spawn(feed, chats, 15, ['hi', 'are you there?']);

  const desk = spawn(function* () {
    for (;;) {
      // If several have an item, the first in the list wins. The others keep theirs.
      const sources = { alarm: alarms.get(), stop: stop.wait(), mail: mails.get(), chat: chats.get() };
      const { key, value } = yield* select(sources);
      if (key === 'stop') return;
      console.log(`${key}: ${value}`);
      yield* sleep(20); // the work
    }
  });
  yield* sleep(250);
  stop.set();
  yield* desk;
});
