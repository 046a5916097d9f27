// Finds a leak in a test: assertNoLeaks() lists what a body leaves behind.

import { type Coroutine, Event, race, run, sleep, spawn } from 'greenhub';
import { assertNoLeaks, LeakError } from 'greenhub/testing';

const news = new Event();

/** Waits for news, or for so long. Its fault: the greenlet that waits for the news stays when the time is up. */
function* leaky(ms: number): Coroutine<void> {
  const done = new Event();
  spawn(function* listener() {
    yield* news.wait();
    done.set();
  });
  yield* done.wait({ timeout: ms });
}

/** The same without the fault: the loser of a race has ended when the race returns. */
function* tidy(ms: number): Coroutine<void> {
  yield* race([news.wait(), sleep(ms)]);
}

await run(function* main() {
  for (const body of [leaky, tidy]) {
    try {
      yield* assertNoLeaks(() => body(10));
      console.log(`${body.name} leaves nothing`);
    } catch (error) {
      if (!(error instanceof LeakError)) throw error;
      console.log(`${body.name}: ${error.message.replace(/-\d+/, '').replace(/#\d+/, '')}`);
    }
  }
  news.set();
});
