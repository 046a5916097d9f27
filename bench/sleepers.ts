import { setImmediate as turn, setTimeout as wait } from 'node:timers/promises';
import { type Coroutine, type Greenlet, joinall, sleep, spawn } from 'greenhub';
import { collectGarbage, expect, type Row, type Sample } from './row.ts';

const TASKS = 100_000;
const NAP = 50;
/** Long enough that all of them are asleep while the heap is measured, even on a slow machine. */
const LONG_NAP = 2_000;

export const rows: Row[] = [
  {
    name: `100,000 × sleep(${NAP}), until all woke`,
    unit: 'ms',
    plainly: `await timers/promises.setTimeout(${NAP})`,
    rounds: 7,
    warmUps: 2,
    greenhub: () => timeOf(sleepInGreenlets),
    plain: () => timeOf(sleepInFunctions),
  },
  {
    name: '100,000 sleeping, heap each',
    unit: 'B',
    plainly: 'await timers/promises.setTimeout()',
    rounds: 2,
    warmUps: 1,
    greenhub: () => bytesOf(sleepInGreenlets),
    plain: () => bytesOf(sleepInFunctions),
  },
];

/** The number of tasks that have woken. */
let woken = 0;

function timeOf(asleep: (ms: number) => () => Promise<unknown>): Sample {
  return async () => {
    woken = 0;
    const started = performance.now();
    await asleep(NAP)();
    expect(woken, TASKS);
    return performance.now() - started;
  };
}

/** The growth of the heap from before the first task until all of them sleep. */
function bytesOf(asleep: (ms: number) => () => Promise<unknown>): Sample {
  return async () => {
    woken = 0;
    collectGarbage();
    const before = process.memoryUsage().heapUsed;
    const end = asleep(LONG_NAP);
    // Greenlets start in a microtask, and the hub lets the event loop turn from time to time.
    for (let turns = 0; turns < 200; turns += 1) await turn();
    collectGarbage();
    const after = process.memoryUsage().heapUsed;
    expect(woken, 0);
    await end();
    expect(woken, TASKS);
    return (after - before) / TASKS;
  };
}

function sleepInGreenlets(ms: number): () => Promise<unknown> {
  const greenlets: Greenlet<void>[] = [];
  for (let i = 0; i < TASKS; i += 1) greenlets.push(spawn(sleeper, ms));
  return async () => joinall(greenlets);
}

function* sleeper(ms: number): Coroutine<void> {
  yield* sleep(ms);
  woken += 1;
}

function sleepInFunctions(ms: number): () => Promise<unknown> {
  const promises: Promise<void>[] = [];
  for (let i = 0; i < TASKS; i += 1) promises.push(sleeperAsync(ms));
  return () => Promise.all(promises);
}

async function sleeperAsync(ms: number): Promise<void> {
  await wait(ms);
  woken += 1;
}
