import { type Coroutine, sleep, spawn } from '../../lib/index.ts';

/** Kills a greenlet that waits and runs `cleanup` in its `finally` block. Returns the error with which it has ended. */
export async function killWithCleanup(cleanup: () => Coroutine<void>): Promise<unknown> {
  const greenlet = spawn(function* () {
    try {
      yield* sleep(Infinity);
    } finally {
      yield* cleanup();
    }
  });
  await sleep(0);
  await greenlet.kill();
  return greenlet.exception;
}
