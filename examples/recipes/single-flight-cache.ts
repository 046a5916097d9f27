// A cache that loads a key once, however many ask for it at the same time. A failure is not kept.

import { AsyncResult, type Coroutine, joinall, run, sleep, spawn } from 'greenhub';

class Cache<T> {
  private readonly entries = new Map<string, AsyncResult<T>>();
  private readonly load: (key: string) => Coroutine<T>;

  constructor(load: (key: string) => Coroutine<T>) {
    this.load = load;
  }

  *get(key: string) {
    const known = this.entries.get(key);
    if (known !== undefined) return yield* known.get();
    const entry = new AsyncResult<T>();
    this.entries.set(key, entry);
    // The load has its own greenlet: if one waiter is killed, the others still get the value.
    const loader = spawn(this.load, key);
    loader.link(entry);
    loader.linkException(() => this.entries.delete(key));
    return yield* entry.get();
  }
}

let loads = 0;
const cache = new Cache(function* load(key: string) {
  loads += 1;
  yield* sleep(50);
  if (loads === 2) throw new Error('the database is away');
  return key.toUpperCase();
});

await run(function* main() {
  const first = Array.from({ length: 100 }, () => spawn(() => cache.get('a')));
  yield* joinall(first);
  console.log(first[99]!.value, loads);
  const failing = spawn(() => cache.get('b'));
  yield* joinall([failing]);
  console.log(String(failing.exception), yield* cache.get('b'), loads);
});
