import { type Coroutine, type Greenlet, joinall, sleep, spawn } from 'greenhub';
import { expect, nanosecondsEach, type Row } from './row.ts';

const TASKS = 100_000;
const SUM = (TASKS * (TASKS + 1)) / 2;

export const rows: Row[] = [
  {
    name: 'spawn and join, body does not suspend',
    unit: 'ns',
    plainly: 'call an async function, Promise.all',
    limit: 1,
    // Half of the time is garbage collection, which varies between rounds.
    rounds: 45,
    warmUps: 10,
    greenhub: () => nanosecondsEach(TASKS, () => spawnAndJoin(next)),
    plain: () => nanosecondsEach(TASKS, () => callAndAwait(nextAsync)),
  },
  {
    name: 'spawn and join, body suspends once',
    unit: 'ns',
    plainly: 'the same, with one await null',
    limit: 1,
    rounds: 15,
    warmUps: 5,
    greenhub: () => nanosecondsEach(TASKS, () => spawnAndJoin(nextLater)),
    plain: () => nanosecondsEach(TASKS, () => callAndAwait(nextAsyncLater)),
  },
];

async function spawnAndJoin(body: (n: number) => Coroutine<number>): Promise<void> {
  const greenlets: Greenlet<number>[] = [];
  for (let i = 0; i < TASKS; i += 1) greenlets.push(spawn(body, i));
  await joinall(greenlets);
  let sum = 0;
  for (const greenlet of greenlets) sum += greenlet.value ?? 0;
  expect(sum, SUM);
}

function* next(n: number): Coroutine<number> {
  return n + 1;
}

function* nextLater(n: number): Coroutine<number> {
  yield* sleep(0);
  return n + 1;
}

async function callAndAwait(body: (n: number) => Promise<number>): Promise<void> {
  const promises: Promise<number>[] = [];
  for (let i = 0; i < TASKS; i += 1) promises.push(body(i));
  let sum = 0;
  for (const value of await Promise.all(promises)) sum += value;
  expect(sum, SUM);
}

async function nextAsync(n: number): Promise<number> {
  return n + 1;
}

async function nextAsyncLater(n: number): Promise<number> {
  await null;
  return n + 1;
}
