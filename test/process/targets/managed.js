/** Targets that use the proxies of a Manager. They import nothing of the library that knows them. */

/** @param {{ append(value: number): any }} list @param {number} count */
export function* fill(list, count) {
  for (let i = 0; i < count; i += 1) yield* list.append(i);
}

/** @param {{ get(): any }} queue */
export function* get(queue) {
  return yield* queue.get();
}

/** @param {{ acquire(): any }} lock @param {{ set(): void }} event */
export function* hold(lock, event) {
  yield* lock.acquire();
  event.set();
  yield* new Promise(() => {});
}

/** Everything about this process that others can see. */
export function visible() {
  return JSON.stringify([process.env, process.argv, process.execArgv, process.title]);
}
