/** How sleeping tasks are measured, the same way for every peer in JavaScript. */
import { setImmediate as turn } from 'node:timers/promises';
import { expect } from './program.ts';

/** Longer than anything is measured. */
export const FOR_EVER = 1_000_000_000;

/**
 * The bytes of heap that a sleeping task takes.
 *
 * @param start makes `n` tasks that sleep `FOR_EVER`; they are never woken, so the process must be ended afterwards
 */
export async function bytesEach(n: number, start: (n: number) => unknown): Promise<number> {
  await loopTurns();
  const before = usedHeap();
  start(n);
  // Tasks may begin in a later turn, and some run-times hand the loop back after every few of them.
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

/** What tasks that are to wake at one moment share. */
export interface Night {
  /** When all of them are to wake, as `performance.now()` counts. */
  deadline: number;
  woken: number;
}

/** How long the tasks sleep: grows until all of them are asleep in time. */
let length = 100;

/**
 * The nanoseconds that it takes to wake a task, where `n` of them wake at the same moment.
 *
 * @param sleepAll makes `n` tasks that sleep until the deadline and then count themselves; finished when all have
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
