// A watchdog: work that shows no sign of life for a second is ended, and started again.

import { type Coroutine, Event, run, sleep, spawn } from 'greenhub';

/** Starts the body again and again until it returns. It must call `beat()` at least every `ms` milliseconds. */
function* watched<T>(ms: number, body: (beat: () => void, attempt: number) => Coroutine<T>) {
  for (let attempt = 1; ; attempt += 1) {
    const alive = new Event();
    const worker = spawn(() => body(() => alive.set(), attempt));
    worker.link(() => alive.set());
    try {
      while (yield* alive.wait({ timeout: ms })) {
        if (worker.ready()) return yield* worker;
        alive.clear();
      }
    } finally {
      yield* worker.kill();
    }
    console.log(`no heartbeat for ${ms} ms: once more`);
  }
}

await run(function* main() {
  const copied = yield* watched(1_000, function* copy(beat, attempt) {
    for (let block = 1; block <= 5; block += 1) {
      yield* sleep(attempt === 1 && block === 3 ? Infinity : 400); // the first attempt hangs
      console.log(`attempt ${attempt}, block ${block}`);
      beat();
    }
    return 'copied';
  });
  console.log(copied);
});
