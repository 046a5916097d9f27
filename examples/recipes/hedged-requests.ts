// A hedged request: if the first server has not answered in time, asks a second one too, and takes what comes first.

import { any, type Coroutine, getHub, run, sleep } from 'greenhub';

function* ask(server: string, ms: number) {
  try {
    yield* sleep(ms);
    return server;
  } finally {
    console.log(`  ${server}: over`);
  }
}

/** Starts a body each `ms` milliseconds until one of them has succeeded. */
function* hedged<T>(ms: number, bodies: (() => Coroutine<T>)[]) {
  return yield* any(
    bodies.map(
      (body, n) =>
        function* () {
          yield* sleep(n * ms);
          return yield* body();
        },
    ),
  );
}

await run(function* main() {
  for (const slow of [20, 900]) {
    const began = getHub().now();
    const winner = yield* hedged(100, [() => ask('first', slow), () => ask('second', 30)]);
    console.log(`${winner} after ${Math.round(getHub().now() - began)} ms`);
  }
});
