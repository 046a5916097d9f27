/** Operations on many greenlets at once, for the comparison with the peers and for the scaling table. */
import { type Coroutine, Event, type Greenlet, joinall, sleep, spawn } from 'greenhub';
import { expect, since } from './program.ts';
import { FOR_EVER } from './sleepers.ts';

export async function wakeByEvent(n: number): Promise<number> {
  const event = new Event();
  const waiters: Greenlet<boolean>[] = [];
  for (let i = 0; i < n; i += 1) waiters.push(spawn(waitFor, event));
  await sleep(0);
  const started = performance.now();
  event.set();
  await joinall(waiters);
  return since(started, n);
}

function* waitFor(event: Event): Coroutine<boolean> {
  return yield* event.wait();
}

let cleanups = 0;

export async function killSleeping(n: number): Promise<number> {
  const sleepers: Greenlet<void>[] = [];
  for (let i = 0; i < n; i += 1) sleepers.push(spawn(sleepAndCleanUp));
  await sleep(0);
  cleanups = 0;
  const nanoseconds = await spawn(killEach, sleepers);
  expect(cleanups, n);
  return nanoseconds;
}

function* sleepAndCleanUp(): Coroutine<void> {
  try {
    yield* sleep(FOR_EVER);
  } finally {
    cleanups += 1;
  }
}

function* killEach(sleepers: Greenlet<void>[]): Coroutine<number> {
  const started = performance.now();
  for (const sleeper of sleepers) yield* sleeper.kill();
  return since(started, sleepers.length);
}
