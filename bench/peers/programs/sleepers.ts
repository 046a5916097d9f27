/** Measures sleeping tasks, in the same way for every JavaScript peer. */
import { setImmediate as turn } from 'node:timers/promises';
import { expect } from './program.ts';

/** Longer than any measurement. */
export const FOR_EVER = 1_000_000_000;

/**
 * The heap use of a sleeping task in bytes.
 *
 * @param start creates `n` tasks that sleep `FOR_EVER`; they never wake, so the process must be ended afterwards
 */
export async function bytesEach(n: number, start: (n: number) => unknown): Promise<number> {
  await loopTurns();
  const before = usedHeap();
  start(n);
  // Tasks may begin in a later turn, and some runtimes return to the event loop after every few tasks.
  await loopTurns();
  return (usedHeap() - before) / n;
}

async function loopTurns(): Promise<void> {
  for (let turns = 0; turns < 500; turns += 1) await turn();
}

function usedHeap(): number {
  if (globalThis.gc === undefined) throw new Error('bytes are measured with --expose-gc');
  globalThis.gc();
  return process.memoryUsage().heapUsed;
}

/** The shared state of tasks that wake at the same moment. */
export interface Night {
  /** The time at which all of them wake, on the clock of `performance.now()`. */
  deadline: number;
  woken: number;
}

/** The sleeping time: it grows until all tasks are asleep in time. */
let length = 100;

/**
 * The nanoseconds to wake a task when `n` tasks wake at the same moment.
 *
 * @param sleepAll creates `n` tasks that sleep until the deadline and then count themselves; it ends when all have done so
 */
export async function wakeEach(
  n: number,
  sleepAll: (n: number, night: Night) => PromiseLike<unknown>,
): Promise<number> {
  for (;;) {
    const night = { deadline: performance.now() + length, woken: 0 };
    const over = sleepAll(n, night);
    await loopTurns();
    const early = performance.now() < night.deadline && night.woken === 0;
    await over;
    expect(night.woken, n);
    if (early) return ((performance.now() - night.deadline) * 1e6) / n;
    length *= 2;
  }
}
