// Limits memory, not the number of tasks: at most 1,000 bytes are in work at once, however many files that is.

import { Condition, type Coroutine, getHub, joinall, run, shield, sleep, spawn } from 'greenhub';

class Budget {
  private readonly changed = new Condition();
  private free: number;

  constructor(free: number) {
    this.free = free;
  }

  /** Runs the body when so many bytes are free. */
  *with<T>(bytes: number, body: () => Coroutine<T>) {
    yield* this.take(bytes);
    try {
      return yield* body();
    } finally {
      this.free += bytes;
      yield* shield(() => this.wake()); // also if the greenlet is being killed
    }
  }

  private *take(bytes: number) {
    using _ = yield* this.changed.lock.hold();
    yield* this.changed.waitFor(() => this.free >= bytes);
    this.free -= bytes;
  }

  private *wake() {
    using _ = yield* this.changed.lock.hold();
    this.changed.notifyAll();
  }
}

const budget = new Budget(1_000);
const began = getHub().now();
function* handle(file: string, bytes: number) {
  yield* budget.with(bytes, function* () {
    console.log(`${Math.round(getHub().now() - began)} ms: ${file} (${bytes} bytes)`);
    yield* sleep(100);
  });
}
await run(function* main() {
  const files = { film: 900, song: 200, note: 100, book: 400, photo: 500 };
  yield* joinall(Object.entries(files).map((file) => spawn(handle, ...file)));
});
