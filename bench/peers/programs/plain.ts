/** async/await without any library. */
import { setTimeout as sleep } from 'node:timers/promises';
import { AsyncChannel, AsyncQueue, AsyncSemaphore, withDeadline } from './plain-tools.ts';
import { contendersIn, expect, nanosecondsEach, type Programs, since, sumBelow } from './program.ts';
import { bytesEach, FOR_EVER, type Night, wakeEach } from './sleepers.ts';

export const programs: Programs = {
  yield2: (n) => yieldIn(2, n),
  yield10k: (n) => yieldIn(10_000, n),
  spawn: (n) => nanosecondsEach(n, () => callAndAwait(n)),
  channel: (n) => through(new AsyncChannel<number>(), n),
  queue1: (n) => through(new AsyncQueue<number>(1), n),
  queue1024: (n) => through(new AsyncQueue<number>(1_024), n),
  queueUnbounded: (n) => through(new AsyncQueue<number>(), n),
  fanout: (n) => nanosecondsEach(n, () => toHundred(n)),
  lock: (n) => contend(new AsyncSemaphore(1), n),
  semaphore: (n) => contend(new AsyncSemaphore(10), n),
  event: wakeByPromise,
  poolMap: (n) => nanosecondsEach(n, () => mapAll(n)),
  timeoutReady: (n) => nanosecondsEach(n, () => readyInTime(n)),
  nested5: (n) => nanosecondsEach(n, () => nestedCalls(n)),
  deep10: (n) => descend(10, n),
  deep100: (n) => descend(100, n),
  deep1000: (n) => descend(1_000, n),
  deep100000: (n) => descend(100_000, n),
  recursion: (n) => nanosecondsEach(n, () => recurse(n)),
  kill: (n) => abortSleeping(n),
  sleeperBytes: (n) => bytesEach(n, startSleepers),
  sleeperWake: (n) => wakeEach(n, sleepTogether),
  timers: (n) => nanosecondsEach(n, () => setAndClear(n)),
};

/** The number of resumes of all yielding tasks. */
let resumes = 0;

function yieldIn(tasks: number, n: number): Promise<number> {
  const each = Math.ceil(n / tasks);
  resumes = 0;
  return nanosecondsEach(each * tasks, async () => {
    const promises = [];
    for (let i = 0; i < tasks; i += 1) promises.push(yielding(each));
    await Promise.all(promises);
    expect(resumes, each * tasks);
  });
}

async function yielding(times: number): Promise<void> {
  for (let i = 0; i < times; i += 1) {
    await null;
    resumes += 1;
  }
}

async function callAndAwait(n: number): Promise<void> {
  const promises: Promise<number>[] = [];
  for (let i = 0; i < n; i += 1) promises.push(trivial(i));
  let sum = 0;
  for (const value of await Promise.all(promises)) sum += value;
  expect(sum, sumBelow(n));
}

async function trivial(x: number): Promise<number> {
  return x;
}

type Pipe = AsyncChannel<number> | AsyncQueue<number>;

function through(pipe: Pipe, n: number): Promise<number> {
  return nanosecondsEach(n, async () => {
    const [sum] = await Promise.all([consume(pipe, n), produce(pipe, n)]);
    expect(sum, sumBelow(n));
  });
}

async function produce(pipe: Pipe, n: number): Promise<void> {
  for (let i = 0; i < n; i += 1) await pipe.put(i);
}

async function consume(pipe: Pipe, n: number): Promise<number> {
  let sum = 0;
  for (let i = 0; i < n; i += 1) sum += await pipe.get();
  return sum;
}

async function toHundred(n: number): Promise<void> {
  const queue = new AsyncQueue<number>(1);
  const consumers = [];
  for (let i = 0; i < 100; i += 1) consumers.push(consume(queue, n / 100));
  await produce(queue, n);
  let sum = 0;
  for (const part of await Promise.all(consumers)) sum += part;
  expect(sum, sumBelow(n));
}

function contend(semaphore: AsyncSemaphore, n: number): Promise<number> {
  acquired = 0;
  return nanosecondsEach(n, async () => {
    const holders = [];
    const tasks = contendersIn(n);
    for (let i = 0; i < tasks; i += 1) holders.push(hold(semaphore, n / tasks));
    await Promise.all(holders);
    expect(acquired, n);
  });
}

let acquired = 0;

async function hold(semaphore: AsyncSemaphore, times: number): Promise<void> {
  for (let i = 0; i < times; i += 1) {
    await semaphore.acquire();
    acquired += 1;
    await null;
    semaphore.release();
  }
}

async function wakeByPromise(n: number): Promise<number> {
  let set: (value: boolean) => void = () => undefined;
  const event = new Promise<boolean>((resolve) => {
    set = resolve;
  });
  const waiters: Promise<boolean>[] = [];
  for (let i = 0; i < n; i += 1) waiters.push(waitFor(event));
  await null;
  const started = performance.now();
  set(true);
  await Promise.all(waiters);
  return since(started, n);
}

async function waitFor(event: Promise<boolean>): Promise<boolean> {
  return await event;
}

/** Ten workers on one array of inputs. */
async function mapAll(n: number): Promise<void> {
  const inputs = Array.from({ length: n }, (_, i) => i);
  const results: number[] = new Array(n);
  let next = 0;
  const work = async () => {
    while (next < n) {
      const i = next;
      next += 1;
      results[i] = await trivial(inputs[i] as number);
    }
  };
  await Promise.all(Array.from({ length: 10 }, work));
  expect(results.length, n);
}

async function readyInTime(n: number): Promise<void> {
  const ready = Promise.resolve();
  for (let i = 0; i < n; i += 1) await withDeadline(60_000, ready);
}

async function nestedCalls(n: number): Promise<void> {
  for (let i = 0; i < n; i += 1) await withDeadline(60_001, second());
}

const second = () => withDeadline(60_002, third());
const third = () => withDeadline(60_003, fourth());
const fourth = () => withDeadline(60_004, fifth());
const fifth = () => withDeadline(60_005, pause());

async function pause(): Promise<void> {
  await null;
}

async function descend(depth: number, n: number): Promise<number> {
  if (depth > 1) return await descend(depth - 1, n);
  const started = performance.now();
  for (let i = 0; i < n; i += 1) await null;
  return since(started, n);
}

async function recurse(n: number): Promise<void> {
  for (let i = 0; i < n / 1_000; i += 1) expect(await count(1_000), 1_000);
}

async function count(depth: number): Promise<number> {
  return depth === 1 ? 1 : 1 + (await count(depth - 1));
}

let cleanups = 0;

async function abortSleeping(n: number): Promise<number> {
  const sleepers: { controller: AbortController; task: Promise<void> }[] = [];
  for (let i = 0; i < n; i += 1) {
    const controller = new AbortController();
    sleepers.push({ controller, task: sleepAndCleanUp(controller.signal) });
  }
  cleanups = 0;
  const started = performance.now();
  for (const { controller, task } of sleepers) {
    controller.abort();
    await task.catch(ignore);
  }
  expect(cleanups, n);
  return since(started, n);
}

function ignore(): void {}

async function sleepAndCleanUp(signal: AbortSignal): Promise<void> {
  try {
    await sleep(FOR_EVER, undefined, { signal });
  } finally {
    cleanups += 1;
  }
}

function startSleepers(n: number): void {
  for (let i = 0; i < n; i += 1) sleepLong();
}

async function sleepLong(): Promise<void> {
  await sleep(FOR_EVER);
}

function sleepTogether(n: number, night: Night): Promise<unknown> {
  const sleepers: Promise<void>[] = [];
  for (let i = 0; i < n; i += 1) sleepers.push(sleepUntil(night));
  return Promise.all(sleepers);
}

async function sleepUntil(night: Night): Promise<void> {
  await sleep(Math.max(0, night.deadline - performance.now()));
  night.woken += 1;
}

/** A thousand timers are pending at a time. */
function setAndClear(n: number): void {
  const timers: NodeJS.Timeout[] = new Array(1_000);
  for (let i = 0; i < n; i += 1_000) {
    for (let j = 0; j < 1_000; j += 1) timers[j] = setTimeout(ignore, 60_000 + j);
    for (let j = 0; j < 1_000; j += 1) clearTimeout(timers[j]);
  }
}
